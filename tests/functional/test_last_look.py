"""The weekly digest of a real site whose pages changed after the daily run."""

from __future__ import annotations

import email
import email.policy
import re
from pathlib import Path

from tests.command_line import Installation, installation
from tests.local_site import Answer, LocalSite, html, moved
from tests.parsed_site import works


def trades() -> dict[str, Answer]:
    """Return a site of old trades that name each other, with a home page that leads to all."""
    pages = works(12)
    home = "".join(f'<li><a href="{path}">{path[1:]}</a></li>' for path in pages)
    answers = {path: html(markup) for path, markup in pages.items()}
    return {"/": html(f"<title>Old trades</title><ul>{home}</ul>"), **answers}


def digest_of(made: Installation) -> str:
    """Send the digest and return its text, its lines in one."""
    made.run("weekly").done()
    (mail,) = made.data.glob("digests/*.eml")

    read = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
    body = read.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def test_the_digest_tells_what_its_pages_say_now(tmp_path: Path) -> None:
    with LocalSite(trades()) as site:
        made = installation(tmp_path / "made", site.url)
        made.configure(recommend={"targets_per_week": 2, "edits_per_week": 2})
        made.run("daily").done()
        first, second = made.listed("--status", "proposed")
        rewritten = f"/{str(first['source']).removeprefix(site.url)}"
        page = site.answers[rewritten].body.decode()
        assert str(first["sentence"]) in page
        site.answers[rewritten] = Answer(
            body=page.replace(str(first["sentence"]), "It was all written anew.").encode()
        )
        ends = [str(second[end]) for end in ("source", "target") if second[end] != first["source"]]
        away = f"/{ends[0].removeprefix(site.url)}"
        site.answers[away] = moved("/")
        site.asked.clear()
        text = digest_of(made)
        asked = {path for path in site.asked if path not in ("/", "/robots.txt")}
        assert {rewritten, away} <= asked
        sent = made.listed("--status", "mailed")
        needed = {
            f"/{str(r[end]).removeprefix(site.url)}" for r in sent for end in ("source", "target")
        }
        assert needed - {"/"} <= asked
        assert "/sitemap.xml" not in asked
        assert len(asked) < len(site.answers) - 1
        assert re.search(r"edits? held against the pages as they are now, \d+ left out", text)
        assert "its sentence is gone" in text
        assert re.search(r"the page it (stands on|leads to) redirects now", text)
        statuses = {r["id"]: r["status"] for r in made.listed()}
        assert (statuses[first["id"]], statuses[second["id"]]) == ("expired", "expired")
        assert all(str(r["id"]) in text for r in sent)
        site.asked.clear()
        made.run("daily").done()
        assert "/sitemap.xml" in site.asked  # the next crawl is whole again


def test_a_digest_goes_out_though_the_site_is_down(tmp_path: Path) -> None:
    with LocalSite(trades()) as site:
        made = installation(tmp_path / "made", site.url)
        made.run("daily").done()
        proposed = made.listed("--status", "proposed")
    text = digest_of(made)
    assert "could not be looked at right before this mail" in text
    assert all(str(r["id"]) in text for r in proposed)


def test_files_are_not_looked_at_again(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    for path, answer in trades().items():
        if path != "/robots.txt":
            file = folder / path.strip("/") / "index.html"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(answer.body)
    made = installation(tmp_path / "made", "https://guides.example/")
    made.configure(crawl={"source": "folder", "folder": str(folder)})
    made.run("daily").done()
    assert made.listed("--status", "proposed")
    text = digest_of(made)
    assert "looked at" not in text
    assert "held against" not in text
