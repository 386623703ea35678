"""The mail in a real browser: it fits a phone, and it is dark where the reader's screen is."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from recommender.models import Plan
from recommender.report.digest import Digest, compose
from recommender.report.render import render, render_page
from recommender.report.target import target_report
from tests.sample_digests import AT, CHAIN, CHAIN_EDITS, SITE, WINDOW, rich

CHROMIUM = shutil.which("chromium")
TEMPLATES = Path(__file__).parents[2] / "templates"
PHONE, SMALL_PHONE = 375, 320
"""CSS pixels: an iPhone SE of 2022, and WCAG 2.2's width for reflow (1.4.10)."""

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH"),
]

# Chromium's windows have a least width; a frame of the same origin does not.
FRAME = """<!DOCTYPE html><iframe style="width:{width}px;height:800px;border:0" srcdoc="{page}">
</iframe><script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument;
  const view = page.defaultView;
  const card = view.getComputedStyle(page.querySelector(".card"));
  const text = view.getComputedStyle(page.querySelector(".card .fact"));
  document.body.innerHTML = "<pre>" + JSON.stringify({{
    width: page.documentElement.scrollWidth,
    ground: card.backgroundColor,
    colour: text.color,
    size: text.fontSize,
  }}) + "</pre>";
}};
</script>"""


def seen(folder: Path, page: str, *, width: int, dark: bool = False) -> Mapping[str, object]:
    """Return what the browser made of ``page`` at ``width`` CSS pixels."""
    assert CHROMIUM is not None
    frame = folder / "frame.html"
    frame.write_text(
        FRAME.format(width=width, page=html.escape(page, quote=True)), encoding="utf-8"
    )
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            f"--user-data-dir={folder / 'profile'}",
            scheme,
            "--dump-dom",
            frame.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r"<pre>(\{.*\})</pre>", done.stdout)
    assert found, done.stdout[-500:]
    facts: Mapping[str, object] = json.loads(html.unescape(found[1]))
    return facts


def mail(digest: Digest) -> str:
    return render(digest, templates=TEMPLATES, sender="").html


def endless_words() -> Digest:
    word = "Donaudampfschiffahrtsgesellschaft" * 8
    case = replace(CHAIN, title=word, url=f"{SITE}{word}/", need_basis=word)
    long = replace(
        CHAIN_EDITS[0],
        sentence=f"{word} {word}",
        anchor=word,
        anchor_start=0,
        source_title=word,
        source=f"{SITE}{word}?{word}",
    )
    return compose(
        property_name="pedalworks",
        site=SITE,
        period="2026-W47",
        as_of=date(2026, 11, 21),
        window=WINDOW,
        plans=(Plan(case=case, recommendations=(long,)),),
        pages=1,
        crawled_at=AT,
        notes=(word,),
    )


@pytest.mark.parametrize("width", [PHONE, SMALL_PHONE])
def test_the_mail_never_scrolls_sideways_on_a_phone(tmp_path: Path, width: int) -> None:
    assert seen(tmp_path, mail(rich()), width=width)["width"] == width


def test_endless_words_do_not_widen_the_mail(tmp_path: Path) -> None:
    assert seen(tmp_path, mail(endless_words()), width=PHONE)["width"] == PHONE


def test_the_report_never_scrolls_sideways_on_a_phone(tmp_path: Path) -> None:
    report = target_report(
        site=SITE,
        as_of=date(2026, 11, 21),
        window=WINDOW,
        plan=Plan(case=CHAIN, recommendations=CHAIN_EDITS),
    )
    page = render_page(report, templates=TEMPLATES)
    assert seen(tmp_path, page, width=PHONE)["width"] == PHONE


def test_the_mail_is_dark_where_the_screen_is(tmp_path: Path) -> None:
    light = seen(tmp_path, mail(rich()), width=PHONE)
    dark = seen(tmp_path, mail(rich()), width=PHONE, dark=True)
    assert (light["ground"], light["colour"]) == ("rgb(255, 255, 255)", "rgb(29, 36, 33)")
    assert (dark["ground"], dark["colour"]) == ("rgb(27, 33, 30)", "rgb(231, 236, 233)")


def test_text_on_a_phone_is_never_smaller_than_14_pixels(tmp_path: Path) -> None:
    assert seen(tmp_path, mail(rich()), width=PHONE)["size"] in ("14px", "15px", "16px")
