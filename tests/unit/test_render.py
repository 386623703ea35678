"""How digests and target reports look as text and HTML: golden files, truth, hostile input."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from recommender.models import Kind, Message, Plan, TargetCase
from recommender.report.digest import Digest, compose
from recommender.report.render import message_id, render, render_page
from recommender.report.target import TargetReport, target_report
from recommender.report.terminal import target_text
from recommender.report.words import FIND_LIMIT, TEXT_WIDTH, shown
from tests.sample_digests import (
    AT,
    CHAIN,
    CHAIN_EDITS,
    PRESSURE,
    SAMPLES,
    SITE,
    WINDOW,
    edit,
    rich,
)

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
GOLDEN = ROOT / "tests" / "golden"

REGENERATE = "LINKWRIGHT_GOLDEN"
"""Set to `write` to write the golden files anew: LINKWRIGHT_GOLDEN=write pytest tests/unit."""

FORECAST = re.compile(
    r"will (increase|improve|gain|bring (you|in)|rank)|guarantee|boost|skyrocket|more traffic|"
    r"(expected|potential|extra) (clicks|visits|traffic|impressions)",
    re.IGNORECASE,
)
GMAIL_CLIPS_AT = 102 * 1024


def rendered(digest: Digest) -> Message:
    return render(digest, templates=TEMPLATES, sender="links@pedalworks.example")


def chain_report(**changes: object) -> TargetReport:
    given_: dict[str, object] = {
        "site": SITE,
        "as_of": date(2026, 11, 21),
        "window": WINDOW,
        "plan": Plan(case=CHAIN, recommendations=CHAIN_EDITS),
        **changes,
    }
    return target_report(**given_)  # type: ignore[arg-type]


def same_as_golden(name: str, content: str) -> None:
    path = GOLDEN / name
    if os.environ.get(REGENERATE) == "write":
        path.write_text(content, encoding="utf-8")
    assert content == path.read_text(encoding="utf-8"), f"see {REGENERATE} in {Path(__file__).name}"


@pytest.fixture(params=sorted(SAMPLES))
def sample(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# --- Golden files ---------------------------------------------------------------------------


def test_a_digest_renders_as_it_did(sample: str) -> None:
    message = rendered(SAMPLES[sample]())
    same_as_golden(f"{sample}.subject.txt", message.subject + "\n")
    same_as_golden(f"{sample}.txt", message.text)
    same_as_golden(f"{sample}.html", message.html)


def test_a_target_report_renders_as_it_did() -> None:
    same_as_golden("target.terminal.txt", target_text(chain_report()))
    same_as_golden("target.html", render_page(chain_report(), templates=TEMPLATES))


# --- Truth ----------------------------------------------------------------------------------


def test_nothing_is_forecast(sample: str) -> None:
    message = rendered(SAMPLES[sample]())
    for part in (message.subject, message.text, message.html):
        assert FORECAST.search(part) is None


def test_every_anchor_is_highlighted_once_inside_its_sentence() -> None:
    digest = rich()
    message = rendered(digest)
    page = LexborHTMLParser(message.html)
    quotes = page.css("blockquote")
    cards = [card for target in digest.targets for card in target.edits]
    cards += digest.reminders
    assert len(quotes) == len(cards)
    for quote, card in zip(quotes, cards, strict=True):
        if card.kind is Kind.ADD_SENTENCE:
            assert quote.text() == card.before
            assert quote.css("b.anchor") == []
            continue
        (marked,) = quote.css("b.anchor")
        assert marked.text() == card.anchor
        assert quote.text() == card.before + card.anchor + card.after
        assert message.text.replace("\n    | ", " ").count(f"[{card.anchor}]") == 1


def test_every_edit_can_be_answered_from_the_mail() -> None:
    message = rendered(rich())
    visible = LexborHTMLParser(message.html).text()
    for target in rich().targets:
        for card in target.edits:
            for part in (message.text, visible):
                assert f"linkwright accept {card.id}" in part
                assert f"linkwright dismiss {card.id} --reason wrong_page" in part
            assert 0 < len(card.find) <= FIND_LIMIT
            assert card.find in message.text


def test_an_early_reading_is_labelled_and_never_wears_the_colour_of_a_win() -> None:
    message = rendered(rich())
    page = LexborHTMLParser(message.html)
    early = [node for node in page.css(".badge") if "Early" in node.text()]
    wins = [node for node in page.css(".badge") if node.text() == "Up"]
    assert [node.text() for node in early] == ["Early, not a result"]
    assert wins
    assert early[0].attributes["style"] != wins[0].attributes["style"]


def test_what_google_makes_of_a_link_is_said_to_be_unknowable_once(sample: str) -> None:
    message = rendered(SAMPLES[sample]())
    for part in (message.text, message.html):
        assert part.replace("\n", " ").count("what Google makes of a link cannot be known") == 1


def test_no_search_data_is_said_before_the_first_edit() -> None:
    message = rendered(SAMPLES["no-search-data"]())
    for part in (message.text, message.html):
        assert part.index("No Search Console data") < part.index("linkwright accept")
        assert " 0 impressions" not in part


# --- Mail craft -----------------------------------------------------------------------------


def test_the_same_digest_gives_the_same_message() -> None:
    assert rendered(rich()) == rendered(rich())


def test_the_message_id_names_property_and_period_and_differs_between_them() -> None:
    ids = {
        message_id(name, period, SITE)
        for name in ("a", "A", "b", "a b", "a\r\nBcc: x")
        for period in ("2026-W47", "2026-W48")
    }
    assert len(ids) == 10
    for one in ids:
        assert re.fullmatch(r"<[a-zA-Z0-9._-]+@www\.pedalworks\.example>", one)
    assert message_id("a", "2026-W47", "no address").endswith("@linkwright.invalid>")


def test_the_mail_loads_and_runs_nothing(sample: str) -> None:
    page = LexborHTMLParser(rendered(SAMPLES[sample]()).html)
    assert page.css("img, script, link, iframe, object, form, input, video") == []
    assert "url(" not in page.html
    assert "@import" not in page.html


def test_links_lead_to_the_site_only() -> None:
    page = LexborHTMLParser(rendered(rich()).html)
    hrefs = [str(node.attributes["href"]) for node in page.css("a")]
    assert hrefs
    assert all(href.startswith(SITE) for href in hrefs)


def test_rules_are_inlined_and_only_media_queries_stay_in_the_head() -> None:
    page = LexborHTMLParser(rendered(rich()).html)
    style = page.css_first("style").text()
    outside = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", style)
    assert outside.strip() == ""
    assert "prefers-color-scheme" in style
    assert all(node.attributes.get("style") for node in page.css(".card, .badge, b.anchor, h1"))


def test_the_page_has_a_language_one_h1_and_headings_without_gaps(sample: str) -> None:
    page = LexborHTMLParser(rendered(SAMPLES[sample]()).html)
    assert page.css_first("html").attributes["lang"] == "en"
    levels = [int(str(node.tag)[1]) for node in page.css("h1, h2, h3, h4, h5, h6")]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_layout_tables_are_not_announced_as_tables() -> None:
    tables = LexborHTMLParser(rendered(rich()).html).css("table")
    assert tables
    assert all(table.attributes["role"] == "presentation" for table in tables)


def test_text_lines_fit_a_terminal_unless_a_url_or_word_is_longer(sample: str) -> None:
    parts = [rendered(SAMPLES[sample]()).text, target_text(chain_report())]
    for line in "\n".join(parts).splitlines():
        assert len(line) <= TEXT_WIDTH or len(line.split()) == 1


def test_a_full_week_is_not_clipped_by_gmail() -> None:
    plans = tuple(
        Plan(
            case=replace(CHAIN, url=f"{CHAIN.url}{number}"),
            recommendations=(CHAIN_EDITS[0], CHAIN_EDITS[1], CHAIN_EDITS[0]),
        )
        for number in range(4)
    )
    digest = compose(
        property_name="pedalworks",
        site=SITE,
        period="2026-W47",
        as_of=date(2026, 11, 21),
        window=WINDOW,
        plans=plans,
        pages=412,
        crawled_at=AT,
        fix_first=(PRESSURE,) * 4,
    )
    assert len(rendered(digest).html.encode()) < GMAIL_CLIPS_AT


# --- The report on one target ---------------------------------------------------------------


def test_weak_links_are_listed_before_sound_ones() -> None:
    assert [row.label for row in chain_report().ledger] == ["weak", "weak", "sound"]


def test_sources_in_the_ledger_are_named_by_the_titles_given() -> None:
    report = chain_report(titles={SITE + "guides/drivetrain-wear/": "Is your drivetrain worn?"})
    assert report.ledger[-1].source.title == "Is your drivetrain worn?"
    assert report.ledger[0].source.title == "/guides/winter-riding/"


def test_no_gain_of_a_link_is_forecast_and_every_output_says_so() -> None:
    mail = rendered(rich())
    page = render_page(chain_report(), templates=TEMPLATES)
    for part in (mail.text, mail.html, page, target_text(chain_report())):
        said = " ".join(part.replace("&#39;", "'").split())
        assert "no link's gain is forecast" in said


def test_a_target_that_fails_its_gate_gets_no_plan_and_is_told_why() -> None:
    report = chain_report(plan=Plan(case=PRESSURE))
    assert report.failed
    assert "a check fails" in target_text(report)
    assert "58%" in render_page(report, templates=TEMPLATES)


def test_a_target_without_a_fitting_sentence_is_told_so() -> None:
    assert "no sentence met the rules" in target_text(chain_report(plan=Plan(case=CHAIN)))


def test_the_report_says_that_search_data_are_missing() -> None:
    case = replace(CHAIN, demand=None)
    report = chain_report(window=None, plan=Plan(case=case))
    assert "No Search Console data" in target_text(report)
    assert "No Search Console data" in render_page(report, templates=TEMPLATES)
    assert "impressions," not in target_text(replace(report, ledger=(), checks=()))


def test_colour_adds_codes_and_changes_no_words() -> None:
    without, painted = target_text(chain_report()), target_text(chain_report(), colour=True)
    bare = re.sub(r"\x1b\[\d+m", "", painted)
    assert "\x1b[" not in without
    assert bare == without.replace("[clean your bike chain]", "clean your bike chain").replace(
        "[oil the chain]", "oil the chain"
    )
    assert "\x1b[1mclean your bike chain\x1b[0m" in painted


# --- Hostile input --------------------------------------------------------------------------

NASTY = st.sampled_from(
    (
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</style></blockquote></div>",
        "{{ 7 * 7 }} {% raw %}",
        "\u202egnp.exe",
        "line\r\nBcc: someone@example.com",
        "w" * 400,
        "👨\u200d👩\u200d👧 🚲",
        "\x00\x07\x1b[31m",
        "<!-- <!DOCTYPE",
        "]]>&amp;&lt;",
        "שלום עולם",
    )
)
TEXTS = st.one_of(NASTY, st.text(max_size=60))


@st.composite
def hostile_plans(draw: st.DrawFn) -> Plan:
    before, anchor, after = draw(TEXTS), draw(TEXTS.filter(lambda t: shown(t).strip())), draw(TEXTS)
    target = SITE + "target"
    made = edit(
        source=draw(st.sampled_from((SITE + "s", "javascript:alert(1)", 'https://x/"><b>'))),
        target=target,
        source_title=draw(TEXTS),
        target_title=draw(TEXTS),
        sentence=before + anchor + after,
        anchor=anchor,
    )
    case = TargetCase(
        url=target, title=draw(TEXTS), need=1.0, need_basis=draw(TEXTS), demand=CHAIN.demand
    )
    placed = replace(made, anchor_start=len(before))
    return Plan(case=case, recommendations=(placed,))


@given(plan=hostile_plans(), note=TEXTS, name=TEXTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_of_a_site_becomes_markup_or_header(plan: Plan, note: str, name: str) -> None:
    digest = compose(
        property_name=name,
        site=SITE,
        period="2026-W47",
        as_of=date(2026, 11, 21),
        window=WINDOW,
        plans=(plan,),
        pages=1,
        crawled_at=AT,
        notes=(note,),
    )
    message = rendered(digest)
    forbidden = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
    assert "\n" not in message.subject
    assert re.fullmatch(r"<[!-~]+>", message.message_id)
    for part in (message.subject, message.text, message.html):
        assert forbidden.search(part) is None
    page = LexborHTMLParser(message.html)
    assert page.css("script, img, iframe") == []
    assert all(str(a.attributes["href"]).startswith(("http://", "https://")) for a in page.css("a"))
    assert not [key for node in page.css("*") for key in node.attributes if key.startswith("on")]
    (marked,) = page.css("b.anchor")
    assert marked.text() == shown(plan.recommendations[0].anchor)


@given(plan=hostile_plans())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_terminal_gets_no_codes_from_a_site(plan: Plan) -> None:
    text = target_text(chain_report(plan=plan))
    assert re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text) is None
