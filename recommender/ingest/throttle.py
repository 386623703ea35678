"""Courtesy: slower where the server slows down, fails, or asks for it in robots.txt."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from scrapy.extensions.throttle import AutoThrottle

if TYPE_CHECKING:
    from scrapy.core.downloader import Slot
    from scrapy.http import Response

LONGEST_PAUSE_S = 60.0
FIRST_PAUSE_S = 1.0
_TOO_MANY = 429


class Courtesy(AutoThrottle):
    """AutoThrottle that also doubles the pause at 429 and 5xx, and honours Retry-After.

    Latency counts only where a pause is configured; ``keep_pause`` sets the least one.
    """

    def keep_pause(self, seconds: float) -> None:
        """Never ask faster than every ``seconds`` from now on: a Crawl-delay."""
        self.mindelay = max(self.mindelay, min(seconds, LONGEST_PAUSE_S))
        downloader = self.crawler.engine.downloader
        downloader._delay = max(downloader._delay, self.mindelay)  # noqa: SLF001 - as AutoThrottle
        for slot in downloader.slots.values():
            slot.delay = max(slot.delay, self.mindelay)

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        if response.status == _TOO_MANY or response.status >= 500:
            pause = max(2 * slot.delay, FIRST_PAUSE_S, _retry_after_s(response))
            slot.delay = min(pause, LONGEST_PAUSE_S)
        elif self.mindelay > 0:
            super()._adjust_delay(slot, latency, response)
        else:
            slot.delay /= 2


def _retry_after_s(response: Response) -> float:
    said = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if said.isdigit():
        return float(said)
    try:
        until = parsedate_to_datetime(said)
        sent = parsedate_to_datetime((response.headers.get("Date") or b"").decode("latin-1"))
        return max(0.0, (until - sent).total_seconds())
    except (TypeError, ValueError):
        return 0.0
