"""Without an account: exports say the same as the API, and two commands make a first digest."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.demo.search_files import write_bulk, write_export
from recommender.models import Window
from tests.command_line import Installation, Ran, installation, linkwright
from tests.functional.conftest import pacific_today
from tests.guide_site import GuideSearches, path_of, phrases
from tests.local_site import LocalSite


def window() -> Window:
    """Return the four weeks that the service has final data of."""
    return Window.ending(pacific_today() - timedelta(days=3), 28)


def initialised(folder: Path, site: str, export: Path) -> Ran:
    config = folder / "config.yaml"
    return linkwright("--config", str(config), "init", "--export", str(export), "--site", site)


def daily(folder: Path) -> Ran:
    return linkwright("--config", str(folder / "config.yaml"), "daily")


def mail_text(folder: Path) -> str:
    """Return the text of the one digest below ``folder``."""
    (file,) = folder.rglob("*.eml")
    body = email.message_from_bytes(file.read_bytes(), policy=email.policy.default).get_body(
        ("plain",)
    )
    assert body is not None
    return " ".join(str(body.get_content()).split())


def test_two_commands_make_a_first_digest_of_an_export(tmp_path: Path, guides: LocalSite) -> None:
    export = write_export(tmp_path / "export.zip", GuideSearches(guides.url), window())
    written = initialised(tmp_path, guides.url, export).done()
    assert "Next: linkwright daily" in written.said
    ran = daily(tmp_path).done()
    assert "delivered to 1 reader" in ran.said
    text = mail_text(tmp_path)
    assert "Search Console export of" in text
    assert "48 rows." in text
    assert "what an edit does cannot be measured by it" in text
    assert "impressions in 28 days" in text


def test_the_same_export_again_brings_no_other_digest(tmp_path: Path, guides: LocalSite) -> None:
    export = write_export(tmp_path / "export.zip", GuideSearches(guides.url), window())
    initialised(tmp_path, guides.url, export).done()
    daily(tmp_path).done()
    versions = sorted(tmp_path.rglob("*.parquet"))
    again = daily(tmp_path).done()
    assert "as they are stored" in again.said
    assert "delivered to" not in again.said
    assert [f for f in sorted(tmp_path.rglob("*.parquet")) if "search_periods" in str(f)] == [
        f for f in versions if "search_periods" in str(f)
    ]


@pytest.mark.parametrize(
    ("content", "said"), [(None, "does not exist"), (b"holiday", "is no whole ZIP file")]
)
def test_init_refuses_what_is_no_export_and_writes_nothing(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    export = tmp_path / "export.zip"
    if content is not None:
        export.write_bytes(content)
    ran = initialised(tmp_path, "https://www.example.com/", export)
    assert ran.code == 2
    assert said in ran.said
    assert not (tmp_path / "config.yaml").exists()


def test_init_refuses_the_export_of_another_site(tmp_path: Path, guides: LocalSite) -> None:
    export = write_export(tmp_path / "export.zip", GuideSearches(guides.url), window())
    ran = initialised(tmp_path, "https://www.example.com/", export)
    assert ran.code == 2
    assert "is of another site: its pages are on 127.0.0.1" in ran.said


def test_an_export_that_went_bad_stores_nothing_and_says_the_next_step(
    tmp_path: Path, guides: LocalSite
) -> None:
    export = write_export(tmp_path / "export.zip", GuideSearches(guides.url), window())
    initialised(tmp_path, guides.url, export).done()
    export.write_bytes(export.read_bytes()[:300])
    ran = daily(tmp_path)
    assert ran.code == 2
    assert "export again" in ran.said
    assert not list(tmp_path.rglob("search_periods"))


def proposed(made: Installation) -> list[dict[str, object]]:
    """Return what is proposed, without the numbers' last digits and without instants."""
    keys = ("id", "kind", "source", "target", "anchor", "sentence", "status")
    return [
        {key: edit.get(key) for key in keys} | {"value": f"{edit['value']:.6g}"}
        for edit in made.listed()
    ]


@pytest.mark.parametrize("source", ["export", "bulk"])
def test_recommendations_are_the_same_whatever_the_rows_come_from(
    source: str, tmp_path: Path, guides: LocalSite, after_daily: Installation
) -> None:
    searches, days = GuideSearches(guides.url), window()
    path = tmp_path / "rows"
    path.mkdir()
    if source == "bulk":
        write_bulk(
            path, searches, [days.start + timedelta(days=n) for n in range(28)], site=guides.url
        )
    else:
        write_export(path / "site.zip", searches, days, decimals=None)
        for number, phrase in enumerate(phrases()):
            page = guides.url.rstrip("/") + path_of(phrase)
            write_export(path / f"{number}.zip", searches, days, page=page, decimals=None)
    made = installation(tmp_path / "made", guides.url, search={"source": source, "path": str(path)})
    made.run("daily").done()
    found = [edit | {"status": "proposed"} for edit in proposed(made)]
    expected = [edit | {"status": "proposed"} for edit in proposed(after_daily)]
    assert found
    assert sorted(found, key=str) == sorted(expected, key=str)
