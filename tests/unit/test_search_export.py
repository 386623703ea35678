"""Exports in any language are the days, periods and pages that they are made of."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from jobs.demo.export_words import LANGUAGES
from jobs.demo.search_files import export_tables, write_export
from jobs.demo.search_model import SearchModel
from recommender.config import SearchConsoleConfig
from recommender.errors import ExportUnreadable
from recommender.frames import PAGE_SEARCH, PAGE_TOTALS, QUERY_SEARCH, QUERY_TOTALS, checked
from recommender.ingest.search_export import ExportSource
from recommender.models import SearchPeriod, Window
from tests.demo_site import crawled_pages

FIRST = date(2026, 7, 1)
PERIOD = Window(start=FIRST, end=date(2026, 7, 28))
DAY = Window(start=FIRST, end=FIRST)
TODAY = date(2026, 8, 15)
MODEL = SearchModel.of_site(crawled_pages(12), seed=3, first_day=FIRST)


def source(path: Path, **more: object) -> ExportSource:
    config = SearchConsoleConfig.model_validate({"source": "export", "path": path, **more})
    return ExportSource(config, hosts=["example.com"])


def truth(window: Window) -> pd.DataFrame:
    days = [MODEL.day(window.start + timedelta(days=number)) for number in range(window.days)]
    return pd.concat(days)


def period_of(path: Path) -> SearchPeriod:
    found = source(path).period()
    assert found is not None
    return found


def busiest(window: Window) -> str:
    return str(truth(window).groupby("page")["impressions"].sum().idxmax())


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write a ZIP anew with its files changed."""
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_export_in_any_language_has_the_clicks_of_each_page(
    language: str, tmp_path: Path
) -> None:
    file = write_export(tmp_path / "a.zip", MODEL, PERIOD, language=LANGUAGES[language])
    found = period_of(file)
    expected = truth(PERIOD).groupby("page")[["clicks", "impressions"]].sum()
    assert found.window == PERIOD
    assert not found.capped
    checked(found.pages, PAGE_TOTALS)
    read = found.pages.set_index("page")[["clicks", "impressions"]]
    pd.testing.assert_frame_equal(read.sort_index(), expected.sort_index())
    assert len(found.queries) == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_say_the_same(language: str, tmp_path: Path) -> None:
    one = period_of(write_export(tmp_path / "a.zip", MODEL, PERIOD))
    other = period_of(write_export(tmp_path / "b.zip", MODEL, PERIOD, language=LANGUAGES[language]))
    assert one.content == other.content


@pytest.mark.parametrize("language", LANGUAGES)
def test_queries_of_an_export_of_one_page_are_that_pages(language: str, tmp_path: Path) -> None:
    page, words = busiest(PERIOD), LANGUAGES[language]
    write_export(tmp_path / "site.zip", MODEL, PERIOD, language=words)
    write_export(tmp_path / "page.zip", MODEL, PERIOD, page=page, language=words)
    found = period_of(tmp_path)
    rows = truth(PERIOD)
    named = rows[(rows["page"] == page) & ~rows["anonymised"].astype(bool)]
    checked(found.queries, QUERY_TOTALS)
    assert set(found.queries["page"]) == {page}
    assert set(found.queries["query"]) == set(named["query"])
    assert found.queries["impressions"].sum() == named["impressions"].sum()
    whole = period_of(tmp_path / "site.zip")
    pd.testing.assert_frame_equal(found.pages, whole.pages)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unpacked_folder_is_read_as_its_zip(language: str, tmp_path: Path) -> None:
    page, words = busiest(PERIOD), LANGUAGES[language]
    zips, folders = tmp_path / "zips", tmp_path / "folders"
    zips.mkdir()
    for name, narrowed in (("site", None), ("page", page)):
        file = write_export(zips / f"{name}.zip", MODEL, PERIOD, page=narrowed, language=words)
        shutil.unpack_archive(file, folders / name)
    assert period_of(zips).content == period_of(folders).content


def test_an_export_of_one_day_is_a_day(tmp_path: Path) -> None:
    write_export(tmp_path / "day.zip", MODEL, DAY)
    write_export(tmp_path / "page.zip", MODEL, DAY, page=busiest(DAY))
    found = source(tmp_path)
    read = found.read_day(FIRST)
    checked(read.pages, PAGE_SEARCH)
    checked(read.queries, QUERY_SEARCH)
    assert found.period() is None
    assert found.days_in(PERIOD) == [FIRST]
    assert (read.final, read.capped) == (True, False)
    assert read.pages["impressions"].sum() == truth(DAY)["impressions"].sum()
    assert set(read.queries["page"]) == {busiest(DAY)}


def test_a_day_that_may_still_change_waits(tmp_path: Path) -> None:
    write_export(tmp_path / "day.zip", MODEL, DAY)
    found = source(tmp_path)
    assert found.newest_final_day(FIRST + timedelta(days=2)) is None
    assert found.newest_final_day(FIRST + timedelta(days=3)) == FIRST


def test_a_thousand_rows_are_a_cut(tmp_path: Path) -> None:
    large = SearchModel.of_site(crawled_pages(1_100), seed=3, first_day=FIRST)
    found = period_of(write_export(tmp_path / "a.zip", large, PERIOD))
    assert found.capped
    assert len(found.pages) == 1_000


def test_a_page_beyond_the_cut_is_known_by_its_own_export(tmp_path: Path) -> None:
    large = SearchModel.of_site(crawled_pages(1_100), seed=3, first_day=FIRST)
    known = set(period_of(write_export(tmp_path / "a.zip", large, PERIOD)).pages["page"])
    rows = truth_of(large)
    beyond = next(page for page in rows if page not in known)
    write_export(tmp_path / "b.zip", large, PERIOD, page=beyond)
    assert set(period_of(tmp_path).pages["page"]) == known | {beyond}


def truth_of(model: SearchModel) -> list[str]:
    return sorted(set(model.day(FIRST)["page"]))


def test_the_period_that_ends_last_counts_and_of_several_the_shortest(tmp_path: Path) -> None:
    weeks = [Window.ending(PERIOD.end - timedelta(days=back), 14) for back in (0, 14)]
    for number, window in enumerate([PERIOD, *weeks]):
        write_export(tmp_path / f"{number}.zip", MODEL, window)
    assert period_of(tmp_path).window == weeks[0]


def test_an_export_read_twice_is_the_same(tmp_path: Path) -> None:
    file = write_export(tmp_path / "a.zip", MODEL, PERIOD)
    assert period_of(file).content == period_of(file).content


def test_operator_queries_are_left_out_and_counted(tmp_path: Path) -> None:
    page = busiest(DAY)
    write_export(tmp_path / "day.zip", MODEL, DAY)
    write_export(tmp_path / "page.zip", MODEL, DAY, page=page)

    def add(files: dict[str, bytes]) -> None:
        files["Queries.csv"] += b"site:example.com guide,0,5,0%,2\n"

    rewritten(tmp_path / "page.zip", add)
    read = source(tmp_path).read_day(FIRST)
    assert read.operator_rows == 1
    assert not read.queries["query"].str.contains("site:").any()


def test_a_narrowed_export_says_to_what(tmp_path: Path) -> None:
    def narrow(files: dict[str, bytes]) -> None:
        files["Countries.csv"] = b"Country,Clicks,Impressions,CTR,Position\nGermany,1,10,10%,3\n"
        files["Filters.csv"] += b"Country,Germany\n"

    file = rewritten(write_export(tmp_path / "a.zip", MODEL, PERIOD), narrow)
    assert period_of(file).filters == ("Country: Germany",)
    assert source(file, countries=["deu"]).period() is not None


# --- What cannot be read --------------------------------------------------------------------


def refusal(path: Path, **more: object) -> ExportUnreadable:
    with pytest.raises(ExportUnreadable) as found:
        source(path, **more).period()
    assert found.value.hint
    assert found.value.exit_code == 2
    return found.value


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "missing.zip does not exist" in refusal(tmp_path / "missing.zip").message


def test_a_file_that_is_no_zip_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(b"PK, but not for long")
    assert f"{file} is no whole ZIP file" in refusal(file).message


def test_a_zip_that_was_cut_off_is_named(tmp_path: Path) -> None:
    file = write_export(tmp_path / "a.zip", MODEL, PERIOD)
    file.write_bytes(file.read_bytes()[:-200])
    assert "is no whole ZIP file" in refusal(file).message


def test_a_zip_of_something_else_says_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("holiday.jpg", b"...")
    assert "is no export of Search Console: it holds holiday.jpg" in refusal(file).message


def test_a_workbook_is_sent_back_for_csv(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
    assert "Download CSV" in refusal(file).hint


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    assert "holds neither a ZIP nor CSV files" in refusal(tmp_path).message


@pytest.mark.parametrize(
    ("name", "what"),
    [("Pages.csv", "table of pages"), ("Chart.csv", "table of days"), ("Filters.csv", "filters")],
)
def test_a_missing_table_is_named(name: str, what: str, tmp_path: Path) -> None:
    def drop(files: dict[str, bytes]) -> None:
        del files[name]

    found = refusal(rewritten(write_export(tmp_path / "a.zip", MODEL, PERIOD), drop))
    assert what in found.message
    assert "Queries.csv" in found.message


def test_a_fault_in_one_of_several_names_its_zip_file_line_and_value(tmp_path: Path) -> None:
    write_export(tmp_path / "a.zip", MODEL, PERIOD)

    def spoil(files: dict[str, bytes]) -> None:
        files["Pages.csv"] += b"https://www.example.com/x,1,ten,10%,3\n"

    rewritten(write_export(tmp_path / "b.zip", MODEL, DAY), spoil)
    message = refusal(tmp_path).message
    assert "b.zip/Pages.csv, line " in message
    assert "'ten' is no count" in message


@pytest.mark.parametrize("added", ["Query,+guide", "Page,+/blog/", "Page,-/blog/", "Query,guide"])
def test_totals_of_a_part_are_refused(added: str, tmp_path: Path) -> None:
    def narrow(files: dict[str, bytes]) -> None:
        files["Filters.csv"] += f"{added}\n".encode()

    found = refusal(rewritten(write_export(tmp_path / "a.zip", MODEL, PERIOD), narrow))
    assert f"is narrowed by {added.replace(',', ': ')}" in found.message


def test_an_export_of_one_page_needs_that_of_all_pages(tmp_path: Path) -> None:
    page = busiest(PERIOD)
    write_export(tmp_path / "site.zip", MODEL, DAY)
    write_export(tmp_path / "page.zip", MODEL, PERIOD, page=page)
    found = refusal(tmp_path)
    assert f"is narrowed to the page {page}" in found.message
    assert "same days" in found.hint


def test_an_export_of_another_site_is_refused(tmp_path: Path) -> None:
    file = write_export(tmp_path / "a.zip", MODEL, PERIOD)
    config = SearchConsoleConfig.model_validate({"source": "export", "path": file})
    with pytest.raises(ExportUnreadable, match=r"pages are on example\.com"):
        ExportSource(config, hosts=["shop.example"]).period()


def test_countries_of_the_configuration_must_be_filters_of_the_export(tmp_path: Path) -> None:
    file = write_export(tmp_path / "a.zip", MODEL, PERIOD)
    found = refusal(file, countries=["deu"])
    assert "is not narrowed as search_console.countries asks" in found.message


def test_an_export_of_discover_needs_its_search_type(tmp_path: Path) -> None:
    def cut(files: dict[str, bytes]) -> None:
        rows = files["Pages.csv"].decode().splitlines()
        files["Pages.csv"] = "\n".join(row.rpartition(",")[0] for row in rows).encode()

    file = rewritten(write_export(tmp_path / "a.zip", MODEL, PERIOD), cut)
    assert "has no positions" in refusal(file).message
    discover = source(file, search_type="discover").period()
    assert discover is not None
    assert discover.pages["position"].isna().all()


def test_a_day_that_was_not_exported_is_refused(tmp_path: Path) -> None:
    write_export(tmp_path / "day.zip", MODEL, DAY)
    with pytest.raises(ExportUnreadable, match="has no export of 2026-07-02 alone"):
        source(tmp_path).read_day(date(2026, 7, 2))


def test_a_zip_that_unpacks_beyond_reason_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Pages.csv", bytes(60_000_000))
    assert "is no export of Search Console" in refusal(file).message


def test_files_of_a_mac_beside_the_tables_are_passed_over(tmp_path: Path) -> None:
    def add(files: dict[str, bytes]) -> None:
        files["__MACOSX/._Pages.csv"] = b"\x00\x05\x16\x07"

    file = rewritten(write_export(tmp_path / "a.zip", MODEL, PERIOD), add)
    assert period_of(file).window == PERIOD


def test_the_tables_of_an_export_lie_in_their_order() -> None:
    names = [name for name, _ in export_tables(MODEL, DAY)]
    assert names[:2] == ["Queries.csv", "Pages.csv"]
    assert io.BytesIO(dict(export_tables(MODEL, DAY))["Chart.csv"]).readline() == (
        b"Date,Clicks,Impressions,CTR,Position\n"
    )
