"""The mail in a real browser: it fits a phone, and it is dark where the reader's screen is."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from recommender.models import Plan
from recommender.report.digest import Digest, compose
from recommender.report.render import render, render_page
from recommender.report.target import target_report
from tests.chromium import CHROMIUM, opened
from tests.sample_digests import AT, CHAIN, CHAIN_EDITS, SITE, WINDOW, rich

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
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => parts(colour).slice(0, 3)
    .map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {{
    for (; node; node = node.parentElement) {{
      const colour = view.getComputedStyle(node).backgroundColor;
      if (!(parts(colour)[3] === 0)) return colour;
    }}
    return "rgb(255, 255, 255)";
  }};
  const texts = [...page.body.querySelectorAll("*")].filter((node) =>
    [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim())
    && node.getClientRects().length && node.tagName !== "STYLE");
  const measured = texts.map((node) => {{
    const style = view.getComputedStyle(node);
    const [light, dark] = [luminance(style.color), luminance(ground(node))]
      .sort((a, b) => b - a);
    return {{contrast: (light + 0.05) / (dark + 0.05), size: parseFloat(style.fontSize),
            text: node.textContent.slice(0, 60), className: node.className}};
  }}).sort((a, b) => a.contrast - b.contrast);
  document.body.innerHTML = "<pre>" + JSON.stringify({{
    width: page.documentElement.scrollWidth,
    ground: card.backgroundColor,
    texts: measured.length,
    contrast: measured[0].contrast,
    worst: measured[0].className + ": " + measured[0].text,
    smallest: Math.min(...measured.map((m) => m.size)),
  }}) + "</pre>";
}};
</script>"""


def seen(folder: Path, page: str, *, width: int, dark: bool = False) -> Mapping[str, object]:
    """Return what the browser made of ``page`` at ``width`` CSS pixels."""
    frame = folder / "frame.html"
    frame.write_text(
        FRAME.format(width=width, page=html.escape(page, quote=True)), encoding="utf-8"
    )
    dumped = opened(frame, "--dump-dom", profile=folder / "profile", dark=dark)
    found = re.search(r"<pre>(\{.*\})</pre>", dumped)
    assert found, dumped[-500:]
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


@pytest.mark.parametrize(("width", "dark"), [(PHONE, False), (PHONE, True), (SMALL_PHONE, False)])
def test_the_mail_never_scrolls_sideways_on_a_phone(
    tmp_path: Path, width: int, *, dark: bool
) -> None:
    assert seen(tmp_path, mail(rich()), width=width, dark=dark)["width"] == width


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
    assert light["ground"] == "rgb(255, 255, 255)"
    assert dark["ground"] == "rgb(27, 33, 30)"


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_has_aa_contrast_and_can_be_read(tmp_path: Path, *, dark: bool) -> None:
    facts = seen(tmp_path, mail(rich()), width=PHONE, dark=dark)
    assert int(str(facts["texts"])) > 100
    assert float(str(facts["contrast"])) >= 4.5, facts["worst"]
    assert float(str(facts["smallest"])) >= 12
