"""The check that no change takes the region detector below what it has reached."""

import math
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from recommender.models import Region
from tests.eval.regions.floors import (
    Floors,
    Measured,
    PoolFloor,
    SiteFloor,
    below,
    read_floors,
)
from tests.eval.regions.label_files import Label, sites
from tests.eval.regions.score import Found, check, measured

FLOORS = Floors(
    sites=(
        SiteFloor(site="one", f1=0.9, editorial=0.95),
        SiteFloor(site="two", f1=0.8, editorial=None),
    ),
    pools=(PoolFloor(sites=("one", "two"), f1=0.85, alone=0.7),),
)
GOOD = Measured(f1=0.9, alone=0.7, editorial=0.95)


def found(label: Region, whole: str, alone: str, *, editorial: bool = False) -> Found:
    named = Label(
        site="one",
        page="a.html",
        href="b.html",
        anchor="b",
        nth=0,
        label=label,
        editorial=editorial,
        note="",
    )
    return Found(label=named, row=0, whole=whole, alone=alone)


def test_what_reaches_its_floors_is_not_below_them() -> None:
    assert list(below(FLOORS, {"one", "two"}, lambda _: GOOD)) == []


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (Measured(f1=0.89, alone=0.7, editorial=0.95), "one: F1 0.890 is below its floor 0.900"),
        (
            Measured(f1=0.9, alone=0.7, editorial=0.94),
            "one: editorial recall 0.940 is below its floor 0.950",
        ),
        (
            Measured(f1=0.9, alone=0.6, editorial=0.95),
            "2 sites together: F1 of each page alone 0.600 is below its floor 0.700",
        ),
        (
            Measured(f1=math.nan, alone=0.7, editorial=0.95),
            "one: F1 nan is below its floor 0.900",
        ),
    ],
)
def test_a_figure_below_its_floor_is_named(got: Measured, said: str) -> None:
    assert said in list(below(FLOORS, {"one", "two"}, lambda _: got))


def test_the_links_of_several_sites_have_a_floor_together() -> None:
    def measure(names: Sequence[str]) -> Measured:
        return GOOD if len(names) == 1 else Measured(f1=0.84, alone=0.7, editorial=0.95)

    said = ["2 sites together: F1 0.840 is below its floor 0.850"]
    assert list(below(FLOORS, {"one", "two"}, measure)) == said


def test_sites_that_could_not_be_had_are_not_asked_for() -> None:
    asked = []

    def measure(names: Sequence[str]) -> Measured:
        asked.append(tuple(names))
        return GOOD

    assert list(below(FLOORS, {"two", "other"}, measure)) == []
    assert asked == [("two",)]


def test_what_is_measured_is_content_by_call_and_by_label() -> None:
    content, nav = Region.CONTENT, Region.NAV
    got = measured(
        [
            found(content, "content", "nav", editorial=True),
            found(content, "nav", "content", editorial=True),
            found(nav, "nav", "content"),
        ]
    )
    assert got == Measured(f1=pytest.approx(2 / 3), alone=0.5, editorial=0.5)


def test_every_floor_is_one_of_a_labelled_site_that_is_not_kept_for_the_end() -> None:
    floors = read_floors()
    names = [floor.site for floor in floors.sites]
    assert len(set(names)) == len(names)
    assert set(names) <= {site.site for site in sites()}
    assert {name for pool in floors.pools for name in pool.sites} <= set(names)


def test_a_worse_detector_fails_the_check(capsys: pytest.CaptureFixture[str]) -> None:
    name = read_floors().sites[0].site
    right = found(Region.CONTENT, "content", "content", editorial=True)
    lost = found(Region.CONTENT, "nav", "nav", editorial=True)
    assert check({name: [right]}) == 0
    assert check({name: [right, lost]}) == 1
    assert f"{name}: editorial recall 0.500 is below its floor" in capsys.readouterr().out


def test_a_check_that_could_not_be_made_is_no_success(tmp_path: Path) -> None:
    asked = ["--check", "--site", "kalicube", "--cache", str(tmp_path / "cache")]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.eval.regions.score", *asked],
        env={**os.environ, "LINKWRIGHT_SHARED": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "skipped: kalicube: no " in ran.stderr
    assert "nothing is checked" in ran.stderr
