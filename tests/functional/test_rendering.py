"""Pages whose text and links come from JavaScript, in a real Chromium."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from recommender.config import CrawlConfig
from recommender.errors import ConfigError
from recommender.ingest.parse import ParsedPage, ParseRules, parse_page
from recommender.ingest.rendering import (
    NOT_RENDERED,
    check_rendering,
    rendering_settings,
    resolver_rules,
)
from tests.local_site import Answer, LocalSite, html, moved

ROOT = Path(__file__).parents[2]
SCRIPT = {"Content-Type": "text/javascript; charset=utf-8"}
DATA = {"Content-Type": "application/json"}

in_chromium = [
    pytest.mark.chromium,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on the PATH"),
    pytest.mark.skipif(
        importlib.util.find_spec("scrapy_playwright") is None,
        reason="the extra `render` is not installed",
    ),
]

APP = """
const page = document.getElementById("app");
page.innerHTML = "<p>Grüße from a script, see <a href=/guide>the guide</a> for more.</p>";
fetch("/data.json").then((answer) => answer.json()).then((data) => {
  page.insertAdjacentHTML("beforeend", `<p><a href="${data.link}">${data.text}</a></p>`);
});
fetch("/changed", {method: "POST"}).catch(() => null);
navigator.sendBeacon("/counted", "1");
window.open("/popup");
document.body.append(new Image());
document.querySelector("img").src = "/picture.png";
"""
SHELL = (
    "<title>Shop</title><body><div id=app></div><a href=javascript:go()>All</a>"
    "<script src={}></script>"
)


class Crawl:
    """What a crawl of a site printed."""

    def __init__(self, site: LocalSite, *paths: str, render: str = "yes") -> None:
        self._site = site
        done = subprocess.run(
            [sys.executable, "-m", "tests.rendered_crawl", site.url, render, *paths],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=180,
            check=True,
        )
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.stats: dict[str, object] = rows.pop()["stats"]
        self.texts = {row["url"].removeprefix(site.url): row["text"] for row in rows}

    def page(self, path: str = "") -> ParsedPage:
        return parse_page(
            self.texts[path].encode(),
            url=self._site.url + path,
            headers={},
            rules=ParseRules(site=self._site.url),
        )

    def text(self, path: str = "") -> str:
        return " | ".join(block.text for block in self.page(path).blocks)


@pytest.fixture
def other() -> Iterator[LocalSite]:
    script = Answer(body=b"document.body.append('from elsewhere')", headers=SCRIPT)
    with LocalSite({"/script.js": script, "/": html("secret")}) as site:
        yield site


class TestInChromium:
    pytestmark = in_chromium

    def test_what_scripts_show_is_read(self) -> None:
        link = b'{"link": "/tours?id=1", "text": "the tours"}'
        with LocalSite(
            {
                "/": html(SHELL.format("/app.js")),
                "/app.js": Answer(body=APP.encode(), headers=SCRIPT),
                "/data.json": Answer(body=link, headers=DATA),
            }
        ) as site:
            served, shown = Crawl(site, "", render="no"), Crawl(site, "")
        assert served.page().links == ()
        assert served.page().script_links == 1
        assert served.text() == "All"
        assert [link.target.removeprefix(site.url) for link in shown.page().links] == [
            "guide",
            "tours?id=1",
        ]
        assert shown.text().startswith("Grüße from a script, see the guide for more. | the tours")
        assert shown.page().title == "Shop"
        assert site.asked == {"/": 2, "/app.js": 1, "/data.json": 1}
        assert site.agents == {"Visitor/1"}

    def test_nothing_is_asked_of_other_hosts(self, other: LocalSite) -> None:
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        fetched = (
            "<p>served</p><script>fetch('{}').then((a) => a.text())"
            ".then((text) => document.body.append(text)).catch(() => document.body.append('kept'))"
            "</script>"
        )
        with LocalSite(
            {
                "/script": html(f"<p>own</p><script src={other.url}script.js></script>"),
                "/named": html(f"<p>own</p><script src={elsewhere}script.js></script>"),
                "/moved": html(fetched.format("/to")),
                "/to": moved(elsewhere),
                "/cloud": html(fetched.format("http://169.254.169.254/latest/meta-data/")),
            }
        ) as site:
            crawl = Crawl(site, "script", "named", "moved", "cloud")
        assert crawl.text("script") == crawl.text("named") == "own"
        assert crawl.text("moved") == crawl.text("cloud") == "served | kept"
        assert not other.asked
        assert NOT_RENDERED not in crawl.stats

    def test_a_page_stays_where_it_is(self) -> None:
        with LocalSite(
            {
                "/away": html("<p>here</p><script>location.href = '/there'</script>"),
                "/frame": html("<p>outside</p><iframe src=/there></iframe>"),
                "/asks": html("<p>asks</p><script>confirm('?'); document.title = 'on'</script>"),
            }
        ) as site:
            crawl = Crawl(site, "away", "frame", "asks")
        assert [crawl.text(path) for path in ("away", "frame", "asks")] == [
            "here", "outside", "asks",
        ]  # fmt: skip
        assert crawl.page("asks").title == "on"
        assert "/there" not in site.asked

    def test_a_page_that_cannot_be_shown_is_read_as_served_and_counted(self) -> None:
        with LocalSite(
            {
                "/loop": html("<p>loop</p><script>for (;;) {}</script>"),
                "/large": html(
                    "<p>large</p><script>document.body.append('x'.repeat(9e6))</script>"
                ),
                "/busy": html(
                    "<p>busy</p><script>setInterval(() => fetch('/tick?' + Math.random()), 50);"
                    "document.body.append('shown')</script>"
                ),
                "/plain": html("<p>plain</p>"),
            }
        ) as site:
            crawl = Crawl(site, "loop", "large", "busy", "plain")
        assert crawl.text("loop") == "loop"
        assert crawl.text("large") == "large"
        assert crawl.text("busy") == "busy | shown"
        assert crawl.text("plain") == "plain"
        assert crawl.stats[NOT_RENDERED] == 2

    def test_what_is_no_page_is_left_to_scrapy(self) -> None:
        with LocalSite(
            {
                "/gone": Answer(status=404, body=b"<script>document.title='x'</script>"),
                "/data": Answer(body=b"{}", headers=DATA),
            }
        ) as site:
            crawl = Crawl(site, "data", "gone")
        assert crawl.stats["playwright/page_count"] == 0
        assert set(crawl.texts) == {"data"}


# --- Configuration --------------------------------------------------------------------------


def test_without_the_extra_rendering_is_a_fault_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "scrapy_playwright", None)  # as if it were not installed
    with pytest.raises(ConfigError, match="the extra `render` is not installed") as raised:
        check_rendering(CrawlConfig(render=True))
    assert raised.value.hint == 'pip install "linkwright[render]"'


def test_without_a_browser_rendering_is_a_fault_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    extra = ModuleType("scrapy_playwright")
    extra.__spec__ = ModuleSpec("scrapy_playwright", None)
    monkeypatch.setitem(sys.modules, "scrapy_playwright", extra)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match="no browser is on the PATH") as raised:
        rendering_settings("https://www.example.com/", CrawlConfig(render=True))
    assert "apt install chromium" in raised.value.hint


def test_a_crawl_that_does_not_render_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scrapy_playwright", None)
    check_rendering(CrawlConfig())
    assert rendering_settings("https://www.example.com/", CrawlConfig()) == {}


def test_chromium_finds_the_hosts_of_the_crawl_and_nobody_else() -> None:
    rules = resolver_rules("http://127.0.0.1:8080/", ("[::1]:81", "10.1.2.3"))
    assert rules.split(", ") == [
        "MAP 10.1.2.3 10.1.2.3",
        "MAP 127.0.0.1 127.0.0.1",
        "MAP [::1] [::1]",
        "MAP * ~NOTFOUND",
    ]


def test_chromium_does_not_find_a_public_name_at_a_private_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = {"www.example.com": ["10.0.0.1", "192.0.43.8"], "example.com": ["169.254.169.254"]}

    def resolve(name: str, *_more: object, **_kinds: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, 0)) for address in answers[name]]

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    rules = resolver_rules("https://www.example.com/", ())
    assert rules == "MAP www.example.com 192.0.43.8, MAP * ~NOTFOUND"
