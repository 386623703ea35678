"""The topics of a site as its text has them: as text, as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.output import plain, print_json
from jobs.request import Request
from jobs.wiring import asked_of_each
from recommender import pipeline
from recommender.models import Topic
from recommender.report.words import counted, short_url, wrapped

EXAMPLES = 3  # addresses named of each kind; JSON has all


def show(request: Request, *, as_json: bool) -> None:
    """Print the topics of each property, largest first. Raises NoData without a crawl."""
    found = asked_of_each(request, pipeline.topics)
    if as_json:
        print_json([{"property": name, "topics": plain(topics)} for name, topics in found.items()])
        return
    for name, topics in found.items():
        print(f"{name}: {counted(len(topics), 'topic')} of three pages or more")
        for topic in topics:
            print("\n" + "\n".join(_lines(topic)))


def _lines(topic: Topic) -> list[str]:
    shown = "" if topic.impressions is None else f", {topic.impressions:,} impressions"
    name = ", ".join(topic.words) or "pages without words of their own"
    return [
        wrapped(f"{name}: {counted(len(topic.pages), 'page')}{shown}"),
        wrapped(_held(topic), 2),
        *_examples("no page of the topic links", topic.orphans),
        *_examples("as close to other topics", topic.bridges),
    ]


def _held(topic: Topic) -> str:
    if topic.tightness is None or topic.planned is None:
        return "Its pages link nothing from their text."
    held = f"{topic.tightness:.0%} of the links from its text stay in it"
    if round(topic.planned, 2) == round(topic.tightness, 2):
        return f"{held}."
    return f"{held}; {topic.planned:.0%} with the edits that are open."


def _examples(what: str, urls: Sequence[str]) -> list[str]:
    if not urls:
        return []
    named = ", ".join(short_url(url) for url in urls[:EXAMPLES])
    more = f" and {len(urls) - EXAMPLES:,} more" if len(urls) > EXAMPLES else ""
    return [wrapped(f"{what}: {named}{more}", 2)]
