from __future__ import annotations

from types import SimpleNamespace

import pytest
from scrapy.http import Response

from recommender.ingest.throttle import LONGEST_PAUSE_S, Courtesy


def after(
    *answers: tuple[int, float], pause: float = 0.5, headers: dict[str, str] | None = None
) -> float:
    """Return the pause after answers, each a status and a latency, from ``pause`` on."""
    courtesy = object.__new__(Courtesy)  # without a crawler: only its arithmetic is asked for
    courtesy.mindelay, courtesy.maxdelay, courtesy.target_concurrency = pause, 60.0, 1.0
    slot = SimpleNamespace(delay=pause)
    for status, latency in answers:
        response = Response("https://www.example.com/", status=status, headers=headers)
        courtesy._adjust_delay(slot, latency, response)
    return float(slot.delay)


def test_quick_answers_keep_the_configured_pause() -> None:
    assert after((200, 0.1), (200, 0.1)) == 0.5


def test_slow_answers_make_the_pause_longer() -> None:
    assert after((200, 4.0)) == 4.0


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failing_server_is_asked_half_as_often_each_time(status: int) -> None:
    assert after((status, 0.1)) == 1.0
    assert after((status, 0.1), (status, 0.1), (status, 0.1)) == 4.0


def test_a_pause_never_grows_beyond_a_minute() -> None:
    assert after(*[(503, 0.1)] * 20) == LONGEST_PAUSE_S
    assert after((503, 0.1), headers={"Retry-After": "86400"}) == LONGEST_PAUSE_S


def test_retry_after_is_kept_in_seconds_and_as_a_date() -> None:
    assert after((429, 0.1), headers={"Retry-After": "17"}) == 17
    dates = {
        "Retry-After": "Mon, 02 Mar 2026 05:30:21 GMT",
        "Date": "Mon, 02 Mar 2026 05:30:00 GMT",
    }
    assert after((503, 0.1), headers=dates) == 21


@pytest.mark.parametrize("said", ["soon", "-5", "Mon, 99 Foo 2026"])
def test_a_retry_after_that_says_nothing_is_no_pause(said: str) -> None:
    assert after((429, 0.1), headers={"Retry-After": said}) == 1.0


def test_a_server_that_recovers_is_asked_as_before() -> None:
    recovering = after((503, 0.1), *[(200, 0.1)] * 20)
    assert recovering == 0.5


def test_without_a_configured_pause_latency_counts_for_nothing() -> None:
    assert after((200, 9.0), pause=0.0) == 0.0
    assert after((503, 0.1), (200, 9.0), pause=0.0) == 0.5
