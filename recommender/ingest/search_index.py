"""What URL Inspection and the list of sitemaps answer, read and checked.

``coverageState`` is prose in the reader's language and is never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from recommender.errors import UnexpectedAnswer
from recommender.ingest.search_rows import UNEXPECTED
from recommender.models import Inspection

Answer = Mapping[str, object]


def inspection_of(answer: Answer, url: str, now: datetime) -> Inspection:
    """Return what an answer of URL Inspection says of ``url``. Raises UnexpectedAnswer."""
    result = answer.get("inspectionResult")
    status = result.get("indexStatusResult") if isinstance(result, dict) else None
    if not isinstance(status, dict) or not isinstance(status.get("verdict"), str):
        raise UnexpectedAnswer(
            f"the inspection of {url} says nothing of the index", subject=url, hint=UNEXPECTED
        )
    canonical = status.get("googleCanonical")
    return Inspection(
        url=url,
        inspected_at=now,
        verdict=status["verdict"],
        indexing=str(status.get("indexingState", "")),
        google_canonical=canonical if isinstance(canonical, str) and canonical else None,
        last_crawl_at=_instant(status.get("lastCrawlTime"), url),
    )


def sitemaps_of(answer: Answer, property_url: str) -> tuple[str, ...]:
    """Return the sitemaps that an answer lists, without those that Google found faulty.

    Raises UnexpectedAnswer.
    """
    listed = answer.get("sitemap", [])
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise UnexpectedAnswer(
            f"{property_url}: the list of sitemaps is none", subject=property_url, hint=UNEXPECTED
        )
    sound = (entry for entry in listed if str(entry.get("errors", "0")) == "0")
    return tuple(str(entry["path"]) for entry in sound if entry.get("path"))


def _instant(value: object, url: str) -> datetime | None:
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise UnexpectedAnswer(
            f"the inspection of {url} names no instant of its last crawl: {value!r}",
            subject=url,
            hint=UNEXPECTED,
        ) from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
