"""Ledgers of two crawls that sample digests tell of: of a well kept site and of another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from recommender.report.coverage import Address, Answer, Coverage, Depths, Group
from recommender.report.link_faults import LinkFault, LinkFaults, LinkPlace


def page(path: str) -> str:
    return f"https://www.pedalworks.example/{path}"


NO_FAULTS = LinkFaults(
    links=0,
    targets=0,
    content_links=0,
    content_targets=0,
    content_sources=0,
    template_targets=0,
)

WELL = Coverage(
    crawl_id="20261121T053000Z",
    finished_at=datetime(2026, 11, 21, 5, 30, tzinfo=UTC),
    addresses=431,
    answers=(
        Group(name=Answer.INDEXABLE.value, addresses=412),
        Group(name=Answer.CANONICAL.value, addresses=6),
        Group(name=Answer.REDIRECT.value, addresses=13),
    ),
    unvisited=(),
    visits=(Group(name="fetched", addresses=62), Group(name="carried", addresses=369)),
    script_links=0,
    script_pages=Group(name="script", addresses=0),
    orphans=Group(name="orphan", addresses=0),
    template_only=Group(name="template_only", addresses=0),
    depths=Depths(home=1, one=38, two=301, three=70, more=2, unreached=0),
    broken=NO_FAULTS,
    redirected=NO_FAULTS,
)

FAULTY = replace(
    WELL,
    addresses=452,
    answers=(
        Group(name=Answer.INDEXABLE.value, addresses=412),
        Group(name=Answer.REDIRECT.value, addresses=24),
        Group(name=Answer.NOT_FOUND.value, addresses=9),
    ),
    unvisited=(Group(name="forbidden", addresses=7),),
    orphans=Group(
        name="orphan",
        addresses=5,
        examples=(Address(url=page("guides/dynamo-lights/")),),
    ),
    script_links=14,
    script_pages=Group(name="script", addresses=6, examples=(Address(url=page("shop/")),)),
    broken=LinkFaults(
        links=412,
        targets=4,
        content_links=12,
        content_targets=3,
        content_sources=9,
        template_targets=0,
        examples=(
            LinkFault(
                target=page("guides/hub-gears-2017/"),
                says="answers 404",
                leads_to="",
                links=8,
                content_links=8,
                places=(
                    LinkPlace(
                        source=page("guides/shifting-problems/"),
                        anchor="our long guide to hub gears",
                        content=True,
                    ),
                ),
            ),
        ),
    ),
    redirected=LinkFaults(
        links=30,
        targets=6,
        content_links=30,
        content_targets=6,
        content_sources=24,
        template_targets=2,
        examples=(
            LinkFault(
                target=page("chain-cleaning/"),
                says="redirects",
                leads_to=page("guides/chain-cleaning/"),
                links=11,
                content_links=11,
                places=(
                    LinkPlace(
                        source=page("guides/first-bike/"), anchor="a clean chain", content=True
                    ),
                ),
            ),
        ),
    ),
)
