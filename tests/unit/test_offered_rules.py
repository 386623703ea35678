"""The rules that a dismissal offers are valid configuration and keep the link away."""

from __future__ import annotations

import pytest
import yaml

from jobs.offered_rules import offered_rules
from recommender.config import PropertyConfig
from recommender.models import Recommendation
from recommender.text import folded
from recommender.urls import path_matches
from tests.records import SITE, recommendation


def rules_of(edit: Recommendation) -> list[PropertyConfig]:
    """Return a property with each offered rule alone."""
    base = {"name": "p", "site": SITE}
    return [
        PropertyConfig.model_validate({**base, **yaml.safe_load(rule)})
        for _, rule in offered_rules(edit)
    ]


def forbids(config: PropertyConfig, edit: Recommendation) -> bool:
    banned = folded(edit.anchor) in map(folded, config.recommend.banned_anchors)
    return (
        banned
        or any(
            path_matches(edit.source, ban.source) and path_matches(edit.target, ban.target)
            for ban in config.recommend.bans
        )
        or any(
            (path_matches(edit.source, kind.pattern) and not kind.source)
            or (path_matches(edit.target, kind.pattern) and not kind.target)
            for kind in config.page_types
        )
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"source": f"{SITE}/blog/2026/post", "target": f"{SITE}/shop/kettle"},
        {"source": f"{SITE}/caf%C3%A9/[1]*?", "target": f"{SITE}/"},
        {"anchor": 'the "roast": #1', "sentence": 'Buy the "roast": #1 now.', "anchor_start": 4},
    ],
)
def test_each_offered_rule_is_valid_and_forbids_the_link(changes: dict[str, object]) -> None:
    edit = recommendation(**changes)
    found = rules_of(edit)
    assert len(found) >= 3
    assert all(forbids(config, edit) for config in found)
    other = recommendation(
        2, source=f"{SITE}/x/y", target=f"{SITE}/z", sentence="Some other words.", anchor="other",
        anchor_start=5,
    )  # fmt: skip
    assert not any(forbids(config, other) for config in found)


def test_a_ban_of_sections_is_offered_where_the_pages_stand_in_two() -> None:
    apart = recommendation(source=f"{SITE}/blog/post", target=f"{SITE}/shop/kettle")
    ban = 'recommend: {bans: [{from: "/blog/*", to: "/shop/*"}]}'
    assert ban in [rule for _, rule in offered_rules(apart)]
    beside = recommendation(source=f"{SITE}/blog/post", target=f"{SITE}/blog/other")
    assert not any("/*" in rule for _, rule in offered_rules(beside))
