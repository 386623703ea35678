"""What Google's own index adds to two checks of the gate, for pages that were asked about."""

from __future__ import annotations

import re

from recommender.candidates.gate_check import made_check
from recommender.models import CheckOutcome, GateCheck, Inspection

BLOCKERS = {
    "BLOCKED_BY_META_TAG": "its robots meta tag",
    "BLOCKED_BY_HTTP_HEADER": "its X-Robots-Tag header",
    "BLOCKED_BY_ROBOTS_TXT": "robots.txt",
}


def indexed_check(check: GateCheck, inspected: Inspection | None) -> GateCheck:
    """Return the check of indexing, failed where Google was kept from it, warned where it is out.

    A page that Google knows and has not indexed passes with a word: links are one thing that helps.
    """
    if inspected is None or check.outcome is CheckOutcome.FAIL or inspected.verdict == "PASS":
        return check
    asked = f"Google, asked on {inspected.inspected_at:%Y-%m-%d}"
    if inspected.blocked:
        blocker = BLOCKERS.get(inspected.indexing, "the page")
        return made_check(
            check.name,
            CheckOutcome.FAIL,
            f"{asked}, says that {blocker} forbids to index it.",
            value=0.0,
            threshold=1.0,
            advice="Mend that if people are to find it, then ask for a new crawl in Search "
            "Console; if they are not, name it in recommend.exclude.",
        )
    if inspected.verdict not in ("FAIL", "NEUTRAL"):
        return check
    return made_check(
        check.name,
        CheckOutcome.WARN,
        f"{asked}, has not indexed it; nothing on the page forbids it.",
        value=0.0,
        threshold=1.0,
        advice="Look it up under URL inspection in Search Console before you write links to it.",
    )


def canonical_check(check: GateCheck, inspected: Inspection | None, url: str) -> GateCheck:
    """Return the check of the canonical, failed where Google counts another page instead."""
    if inspected is None or check.outcome is CheckOutcome.FAIL:
        return check
    chosen = inspected.google_canonical
    if chosen is None or _bare(chosen) == _bare(url):
        return check
    return made_check(
        check.name,
        CheckOutcome.FAIL,
        f"Google, asked on {inspected.inspected_at:%Y-%m-%d}, counts {chosen} in its place.",
        advice=f"Let the two pages say different things, or link {chosen} instead and name this "
        "one in recommend.exclude.",
    )


def _bare(url: str) -> str:
    """Return a URL without scheme, fragment and last slash."""
    return re.split(r"#", url.partition("://")[2])[0].rstrip("/")
