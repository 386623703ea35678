"""What a spec declares is what a frame holds, or the column at fault is named."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import frames
from recommender.errors import FrameError
from recommender.frames import Column, FrameSpec, checked

SPECS = [spec for spec in vars(frames).values() if isinstance(spec, FrameSpec)]

THING = FrameSpec(
    name="THING",
    grain="thing",
    key=("name",),
    columns={
        "name": Column.TEXT,
        "note": Column.TEXT_MAYBE,
        "count": Column.INT,
        "size": Column.FLOAT,
        "depth": Column.FLOAT_MAYBE,
        "share": Column.SHARE,
        "part": Column.SHARE_MAYBE,
        "good": Column.BOOL,
        "day": Column.DAY,
        "at": Column.INSTANT,
        "seen": Column.INSTANT_MAYBE,
    },
)
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def things(**changes: object) -> pd.DataFrame:
    """Two valid things, columns out of order, with ``changes`` to some columns."""
    columns: dict[str, object] = {
        "at": [AT, AT],
        "seen": [None, AT],
        "day": ["2026-03-01", "2026-03-02"],
        "good": [True, False],
        "share": [0.0, 1.0],
        "part": [None, 0.5],
        "size": [1.5, 2.5],
        "depth": [None, 2.0],
        "count": [1, 2],
        "note": [None, "x"],
        "name": ["one", "two"],
    }
    return pd.DataFrame({**columns, **changes, "extra": [0, 0]})


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_an_empty_frame_is_what_its_spec_declares(spec: FrameSpec) -> None:
    assert checked(spec.empty(), spec).empty
    assert checked(spec.coerced(spec.empty()), spec).empty


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_key_is_made_of_columns_that_are_never_missing(spec: FrameSpec) -> None:
    assert spec.key
    assert all(not spec.columns[name].endswith("?") for name in spec.key)


def test_the_specs_have_names_of_their_own() -> None:
    assert len({spec.name for spec in SPECS}) == len(SPECS)
    assert SPECS
    assert all(getattr(frames, spec.name) is spec for spec in SPECS)


def test_a_coerced_frame_has_the_declared_columns_in_order_and_type() -> None:
    made = THING.coerced(things())
    assert list(made.columns) == list(THING.columns)
    assert {name: str(kind) for name, kind in made.dtypes.items()} == {
        "name": "object",
        "note": "object",
        "count": "int64",
        "size": "float64",
        "depth": "float64",
        "share": "float64",
        "part": "float64",
        "good": "bool",
        "day": "datetime64[ns]",
        "at": "datetime64[ns, UTC]",
        "seen": "datetime64[ns, UTC]",
    }


def test_a_coerced_frame_is_numbered_from_zero() -> None:
    assert list(THING.coerced(things().iloc[::-1]).index) == [0, 1]


def test_coercing_leaves_the_frame_it_was_given_alone() -> None:
    given = things()
    before = given.copy()
    THING.coerced(given)
    pd.testing.assert_frame_equal(given, before)


def test_a_checked_frame_is_the_frame_itself() -> None:
    made = THING.coerced(things())
    assert checked(made, THING) is made


def test_missing_columns_are_named() -> None:
    with pytest.raises(FrameError, match="THING: columns missing: note, share"):
        THING.coerced(things().drop(columns=["note", "share"]))


def test_columns_out_of_order_are_refused() -> None:
    made = THING.coerced(things())
    with pytest.raises(FrameError, match="THING: columns are"):
        checked(made[list(made.columns)[::-1]], THING)


def test_a_column_too_many_is_refused() -> None:
    with pytest.raises(FrameError, match="extra"):
        checked(THING.coerced(things()).assign(extra=1), THING)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("name", ["one", None]),
        ("size", [1.0, None]),
        ("share", [0.5, None]),
        ("day", ["2026-03-01", None]),
        ("at", [AT, None]),
    ],
)
def test_a_missing_value_is_refused_where_none_may_be(column: str, values: list[object]) -> None:
    with pytest.raises(FrameError, match=rf"THING\.{column}: has missing values"):
        THING.coerced(things(**{column: values}))


def test_a_missing_count_is_refused() -> None:
    with pytest.raises(FrameError, match="THING"):
        THING.coerced(things(count=[1.0, None]))


@pytest.mark.parametrize("column", ["share", "part"])
@pytest.mark.parametrize("value", [-0.01, 1.01, 34.0])
def test_a_share_outside_zero_to_one_is_refused(column: str, value: float) -> None:
    with pytest.raises(FrameError, match=rf"THING\.{column}: is outside 0\.\.1"):
        THING.coerced(things(**{column: [0.5, value]}))


@pytest.mark.parametrize("value", [-1e-12, 1 + 1e-12])
def test_a_share_may_miss_its_bounds_by_rounding(value: float) -> None:
    assert len(THING.coerced(things(share=[0.5, value]))) == 2


def test_a_key_that_stands_twice_is_refused_and_shown() -> None:
    with pytest.raises(FrameError, match=r"the key stands twice.*one"):
        THING.coerced(things(name=["one", "one"]))


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("name", pd.Series([1, 2])),
        ("count", pd.Series([1.0, 2.0])),
        ("size", pd.Series([1, 2])),
        ("share", pd.Series(["a", "b"])),
        ("good", pd.Series([0, 1])),
        ("day", pd.Series(["2026-03-01", "2026-03-02"])),
        ("at", pd.Series(pd.to_datetime(["2026-03-01", "2026-03-02"]))),
        (
            "at",
            pd.Series(pd.to_datetime(["2026-03-01", "2026-03-02"])).dt.tz_localize("Asia/Tokyo"),
        ),
        ("seen", pd.Series(pd.to_datetime(["2026-03-01", "2026-03-02"]))),
    ],
)
def test_a_column_of_another_type_is_named(column: str, wrong: pd.Series) -> None:
    made = THING.coerced(things()).assign(**{column: wrong})
    with pytest.raises(FrameError, match=rf"THING\.{column}: is .*, not") as caught:
        checked(made, THING)
    assert caught.value.subject == "THING"


@pytest.mark.parametrize("value", ["many", "2026-99-99"])
def test_a_value_that_does_not_fit_is_an_error_of_the_frame(value: str) -> None:
    with pytest.raises(FrameError, match="THING"):
        THING.coerced(things(count=[1, value]))
    with pytest.raises(FrameError, match="THING"):
        THING.coerced(things(day=["2026-03-01", value]))


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 3)), max_size=12))
def test_a_key_that_stands_twice_is_found_wherever_it_stands(keys: list[tuple[str, int]]) -> None:
    frame = pd.DataFrame(keys, columns=["name", "number"])
    found = frames.repeats(frame, ["name", "number"])
    assert found.index.tolist() == frame.index[frame.duplicated()].tolist()
