"""Tables of an export are told by what they hold, and their numbers by their marks."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import ExportUnreadable
from recommender.ingest.export_tables import (
    Kind,
    Table,
    count,
    days_of,
    decimal,
    rate,
    read_table,
    totals,
)

HEADER = "Top pages,Clicks,Impressions,CTR,Position\n"


def table(text: str) -> Table:
    return read_table(text.encode(), "Pages.csv")


@pytest.mark.parametrize(
    "text",
    ["1234", "1,234", "1.234", "1 234", "1\u00a0234", "1\u202f234", "1'234", "1’234", "１２３４"],
)
def test_a_count_is_read_whatever_marks_its_thousands(text: str) -> None:
    assert count(text) == 1234


def test_a_count_may_have_many_groups() -> None:
    assert count("12.345.678") == 12_345_678
    assert count("1,23,45,678") == 12_345_678


@pytest.mark.parametrize("text", ["", "-3", "NaN", "3.5", "1,23", "1.234,567", "many", "∞", "1e3"])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no count"):
        count(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("8.25", 8.25), ("8,25", 8.25), ("8", 8.0), ("1,234.5", 1234.5), ("1.234,5", 1234.5)],
)
def test_a_decimal_has_a_point_or_a_comma(text: str, value: float) -> None:
    assert decimal(text) == value


@pytest.mark.parametrize("text", ["", "-1", "NaN", "inf", "1,2,3", "eight"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        decimal(text)


@pytest.mark.parametrize("text", ["3.5%", "3,5 %", "3,5\u00a0%", "3,5\u202f%", "％3.5", "%3,5"])
def test_a_click_rate_is_read_in_each_form(text: str) -> None:
    assert math.isclose(rate(text), 0.035)


@given(st.integers(0, 10**9), st.sampled_from(",.' \u00a0\u202f"))
def test_grouping_changes_no_count(number: int, mark: str) -> None:
    assert count(f"{number:,}".replace(",", mark)) == number


def test_a_table_is_told_by_its_first_column() -> None:
    assert table(HEADER + "https://a.example/,1,10,10%,3\n").kind is Kind.PAGES
    assert table("Datum,Klicks\n2026-07-01,3\n2026-07-02,4\n").kind is Kind.DAYS
    assert table("フィルタ,値\n検索タイプ,ウェブ\n").kind is Kind.FILTERS
    assert (
        table("Land,Klicks,Impressionen,CTR,Position\nDeutschland,1,10,10%,3\n").kind is Kind.NAMES
    )
    assert table(HEADER).kind is Kind.EMPTY
    assert table("").kind is Kind.EMPTY


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separators_and_byte_order_marks_change_nothing(delimiter: str, encoding: str) -> None:
    lines = [["Seiten", "Klicks", "Impressionen", "CTR", "Position"]]
    lines += [["https://a.example/größe", "1", "10", '"10,0 %"', '"3,5"']]
    text = "\r\n".join(delimiter.join(cells) for cells in lines)
    read = totals(read_table(text.encode(encoding), "Seiten.csv"))
    assert read.to_numpy().tolist() == [["https://a.example/größe", 1, 10, 3.5]]


def test_a_table_without_positions_has_none() -> None:
    read = totals(table("Top pages,Clicks,Impressions,CTR\nhttps://a.example/,1,10,10%\n"))
    assert read["position"].isna().all()


def test_a_row_without_impressions_has_no_position() -> None:
    read = totals(table(HEADER + "https://a.example/,0,0,0%,0\nhttps://b.example/,1,10,10%,3\n"))
    assert read["position"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("https://a.example/,one,10,10%,3", "line 3: 'one' is no count"),
        ("https://a.example/,-1,10,10%,3", "line 3: '-1' is no count"),
        ("https://a.example/,1,NaN,10%,3", "line 3: 'NaN' is no count"),
        ("https://a.example/,1,10,10%,-3", "line 3: '-3' is no number"),
        ("https://a.example/,1,10,10%,nan", "line 3: 'nan' is no number"),
        ("https://a.example/,1,10,10%,0.5", "line 3: position '0.5' is not 1 or more"),
        ("https://a.example/,1,10,oft,3", "line 3: 'oft' is no number"),
        ("https://a.example/,1,10,40%,3", "a click rate of '40%' is not 1 of 10"),
        ("https://a.example/,1,10,10%", "line 3: has 4 columns, the header has 5"),
        ("https://z.example/,1,10,10%,3", "'https://z.example/' stands on line 2 already"),
        ('https://a.example/,1,10,10%,"3', "line 3: is no CSV"),
    ],
)
def test_a_fault_names_file_line_and_value(row: str, fault: str) -> None:
    with pytest.raises(ExportUnreadable, match=r"^Pages\.csv") as found:
        totals(table(HEADER + "https://z.example/,1,10,10%,3\n" + row + "\n"))
    assert fault in found.value.message
    assert found.value.hint
    assert found.value.exit_code == 2


def test_columns_in_another_order_are_noticed() -> None:
    with pytest.raises(ExportUnreadable, match="a click rate"):
        totals(table("Page,Impressions,Clicks,CTR,Position\nhttps://a.example/,10,1,10%,3\n"))


def test_a_comparison_of_two_ranges_is_refused() -> None:
    header = "Top pages," + ",".join(
        f"{when} {what}" for what in "cirp" for when in ("now", "then")
    )
    with pytest.raises(ExportUnreadable, match="compares two ranges of days"):
        totals(table(header + "\nhttps://a.example/,1,1,10,10,10%,10%,3,3\n"))


def test_text_of_another_encoding_is_refused() -> None:
    with pytest.raises(ExportUnreadable, match=r"Seiten\.csv is not UTF-8 text"):
        read_table("Häufigste Seiten,Klicks".encode("latin-1"), "Seiten.csv")


def test_days_are_read_in_order() -> None:
    read = days_of(table("Datum,Klicks\n2026-07-02,4\n2026-07-01,3\n"))
    assert read == [date(2026, 7, 1), date(2026, 7, 2)]


def test_weeks_are_no_days() -> None:
    weeks = "Date,Clicks\n2026-07-06,4\n2026-07-13,3\n2026-07-20,3\n"
    with pytest.raises(ExportUnreadable, match="by week or month"):
        days_of(table(weeks))


def test_a_day_that_is_none_is_named() -> None:
    with pytest.raises(ExportUnreadable, match=r"line 4: 'Total' is no day"):
        days_of(table("Date,Clicks\n2026-07-01,4\n2026-07-02,3\nTotal,7\n"))
