"""What an export of Screaming Frog is as a site."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from recommender.config import CrawlConfig
from recommender.errors import ConfigError
from recommender.frames import LINKS, checked
from recommender.ingest.assemble import assemble
from recommender.ingest.crawl_job import ADDRESSES, CrawlJob, Reading
from recommender.ingest.screaming_frog import read_screaming_frog

SITE = "https://www.example.com/"
NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
INTERNAL = [
    "Address", "Content Type", "Status Code", "Status", "Indexability", "Indexability Status",
    "Title 1", "Title 1 Length", "Meta Description 1", "H1-1", "Canonical Link Element 1",
    "Word Count", "Crawl Depth", "Last Modified", "Redirect URL", "Language",
]  # fmt: skip
OUTLINKS = [
    "Type", "Source", "Destination", "Size (Bytes)", "Alt Text", "Anchor", "Status Code", "Status",
    "Follow", "Target", "Rel", "Path Type", "Link Path", "Link Position", "Link Origin",
]  # fmt: skip


def table(
    header: Sequence[str], rows: Sequence[Mapping[str, object]], *, delimiter: str = ","
) -> str:
    """Return a CSV as Screaming Frog writes it: every value in quotes."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def page(path: str, status: int = 200, **told: str) -> dict[str, object]:
    named = {name.replace("_", " "): value for name, value in told.items()}
    kind = {"Content Type": "text/html; charset=UTF-8"}
    return {"Address": SITE + path, "Status Code": status} | kind | named


def link(source: str, target: str, anchor: str, position: str, **more: str) -> dict[str, object]:
    named = {name.replace("_", " "): value for name, value in more.items()}
    return {
        "Type": "Hyperlink",
        "Source": SITE + source,
        "Destination": SITE + target,
        "Anchor": anchor,
        "Status Code": 200,
        "Follow": "true",
        "Link Path": "//body/main/a",
        "Link Position": position,
        "Link Origin": "HTML",
    } | named


PAGES = [
    page("blog/", Title_1="Blog"),
    page("", Title_1="Home", Language="en-GB"),
    page("old", 301, Redirect_URL=SITE + "blog/"),
    page("gone", 404, Title_1="Not found"),
    page("hidden", Indexability_Status="noindex", Title_1="Hidden"),
    page("blocked", 0, Status="Blocked by robots.txt", Content_Type=""),
    page("logo.png", Content_Type="image/png"),
    {"Address": "https://other.example/", "Status Code": 200, "Content Type": "text/html"},
]
LINKED = [
    link("", "blog/", "The  blog", "Content", Link_Path="//body/main/p[2]/a"),
    link("", "old", "", "Navigation", Alt_Text="Old page"),
    link("", "gone", "gone", "Footer", Follow="false", Rel="nofollow noopener"),
    link("blog/", "", "Home", "Header"),
    link("blog/", "hidden", "a line\nand another", "Aside"),
    link("", "blog/", "style", "Head", Type="CSS"),
    link("", "", "abroad", "Content", Destination="https://other.example/"),
]


class Site:
    """What was read from an export."""

    def __init__(self, reading: Reading, job: CrawlJob) -> None:
        self.reading, self.job = reading, job
        parts = job.folder
        self.pages = rows_of(parts, "pages").set_index("url", drop=False)
        self.blocks = rows_of(parts, "blocks")
        self.links = rows_of(parts, "links")
        self.addresses = pd.read_parquet(parts / ADDRESSES).set_index("url")

    def column(self, name: str) -> dict[str, object]:
        paths = [url.removeprefix(SITE) for url in self.pages["url"]]
        return dict(zip(paths, self.pages[name], strict=True))


def rows_of(folder: Path, name: str) -> pd.DataFrame:
    parts = sorted(folder.glob(f"{name}-*.parquet"))
    rows: pd.DataFrame = pd.concat([pd.read_parquet(path) for path in parts], ignore_index=True)
    return rows


def site_of(root: Path, files: Mapping[str, str | bytes], **config: object) -> Site:
    export, parts = root / "export", root / "parts"
    export.mkdir()
    parts.mkdir()
    for name, text in files.items():
        path = export / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8-sig"))
    settings = CrawlConfig.model_validate({"source": "screaming_frog", "folder": export, **config})
    job = CrawlJob(site=SITE, config=settings, folder=parts, began_at=NOW, probe="")
    return Site(read_screaming_frog(job), job)


# --- With stored HTML -----------------------------------------------------------------------


def test_stored_html_is_read_as_a_crawl_reads_it(tmp_path: Path) -> None:
    site = site_of(
        tmp_path,
        {
            "internal_all.csv": table(INTERNAL, PAGES),
            "source/original_https_www.example.com_.html": "<title>Home now</title><p>Read "
            "<a href=blog/>the blog</a> first.</p>",
            "source/original_https_www.example.com_blog_.html": "<p>Grüße",
            "source/original_https_www.example.com_hidden.html": "<p>hidden",
            "source/original_https_www.example.com_gone.html": "<p>no such page",
        },
    )
    assert site.column("status") == {
        "": 200, "blog/": 200, "old": 301, "gone": 404, "hidden": 200, "blocked": 0,
    }  # fmt: skip
    assert site.column("problem") == {
        "": None, "blog/": None, "old": "redirects", "gone": "answers 404", "hidden": "noindex",
        "blocked": "gives no answer: Blocked by robots.txt",
    }  # fmt: skip
    assert list(site.pages["read"]) == [True, True, False, False, True, False]
    assert site.column("title")[""] == "Home now"
    assert list(site.blocks["text"]) == ["Read the blog first.", "Grüße", "hidden"]
    assert list(site.links["start"]) == [5]
    assert site.reading.notes == ()
    assert site.reading.regions_told_by == ""
    assert site.addresses.loc[SITE, "found"] == "export home"
    assert site.addresses.loc[SITE + "blog/", "found"] == "export link redirect"


def test_the_rendered_html_is_preferred(tmp_path: Path) -> None:
    site = site_of(
        tmp_path,
        {
            "internal_html.csv": table(INTERNAL, [page("")]),
            "original_https_www.example.com_.html": "<p>as served",
            "rendered_https_www.example.com_.html": "<p>as rendered",
        },
    )
    assert list(site.blocks["text"]) == ["as rendered"]
    assert site.reading.notes == ()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b-c.html", "https_www.example.com_a_b-c.html.html"),
        ("a/?t=4&m_p=2", "original_https_www.example.com_a_%3Ft%3D4%26m_p%3D2.html"),
        ("caf%C3%A9", "original_https_www.example.com_café.html"),
        ("caf%C3%A9", "original_https_www.example.com_caf%C3%A9.html"),
        ("Blog/Post", "rendered_https_www_example_com_blog_post.html"),
    ],
)
def test_a_file_is_found_by_its_address(tmp_path: Path, path: str, name: str) -> None:
    site = site_of(tmp_path, {"internal_all.csv": table(INTERNAL, [page(path)]), name: "<p>found"})
    assert list(site.blocks["page"]) == [SITE + path]
    assert site.reading.notes == (
        f"the export has no page for {SITE}: clicks from the home page are not known",
    )


def test_a_name_of_two_addresses_is_decided_by_the_canonical_or_not_at_all(
    tmp_path: Path,
) -> None:
    site = site_of(
        tmp_path,
        {
            "internal_all.csv": table(
                INTERNAL,
                [
                    page("", 404),
                    page("a/b"),
                    page("a_b"),
                    page("c/d"),
                    page("c_d"),
                    page("e"),
                    page("e/"),
                ],
            ),
            "original_https_www.example.com_a_b.html": "<link rel=canonical href=/a_b>A",
            "original_https_www.example.com_c_d.html": "<p>which?",
            "original_https_www.example.com_e.html": "<p>bare",
            "original_https_www.example.com_e_.html": "<p>slash",
            "original_https_www.example.com_unknown.html": "<p>what?",
        },
    )
    assert list(site.blocks["page"]) == [SITE + "a_b", SITE + "e", SITE + "e/"]
    assert site.reading.notes == (
        "3 pages have no stored HTML: their text and links are not known",
        "2 files of stored HTML fit no address, or several",
    )


def test_stored_html_that_is_no_utf_8_is_read_by_its_own_charset(tmp_path: Path) -> None:
    meta = "<meta charset=iso-8859-1>"
    site = site_of(
        tmp_path,
        {
            "internal_all.csv": table(INTERNAL, [page(""), page("a")]),
            "original_https_www.example.com_.html": f"{meta}<p>Grüße".encode("latin-1"),
            "original_https_www.example.com_a.html": f"{meta}<p>Größe".encode(),
        },
    )
    assert list(site.blocks["text"]) == ["Grüße", "Größe"]


def test_pages_are_known_from_links_where_html_comes_without_their_list(tmp_path: Path) -> None:
    site = site_of(
        tmp_path,
        {
            "all_inlinks.csv": table(OUTLINKS, LINKED),
            "original_https_www.example.com_.html": "<p>home",
        },
    )
    assert list(site.blocks["text"]) == ["home"]
    assert site.column("status")["gone"] == 200
    assert site.reading.regions_told_by == ""


# --- Links alone ----------------------------------------------------------------------------


def test_links_alone_give_a_diagnosis_and_say_so(tmp_path: Path) -> None:
    site = site_of(
        tmp_path,
        {"internal_all.csv": table(INTERNAL, PAGES), "all_outlinks.csv": table(OUTLINKS, LINKED)},
    )
    assert site.blocks.empty
    assert site.column("title")["blog/"] == "Blog"
    assert site.column("language")[""] == "en-gb"
    assert list(site.pages["read"]) == [True, True, False, False, True, False]
    assert "new links cannot be placed" in site.reading.notes[0]
    visit = assemble(site.job, site.reading, None, crawl_id="c", reader="", finished_at=NOW)
    assert "new links cannot be placed" in visit.notes[-1]
    links = pd.concat([checked(part.links, LINKS) for part in visit.parts])
    told = links[["anchor", "region", "image", "rel", "reason"]]
    by = "as Screaming Frog says"
    assert list(told.itertuples(index=False, name=None)) == [
        ("The blog", "content", False, "", by),
        ("Old page", "nav", True, "", by),
        ("gone", "footer", False, "nofollow noopener", by),
        ("Home", "nav", False, "", by),
        ("a line and another", "sidebar", False, "", by),
    ]
    assert set(links["block"]) == set(links["start"]) == {-1}
    assert links["css_path"].iloc[0] == "//body/main/p[2]/a"
    assert list(links["ordinal"]) == [0, 1, 2, 0, 1]


def test_pages_are_known_from_links_alone(tmp_path: Path) -> None:
    rows = [link("", "a", "A", "Content"), link("", "b", "B", "Content", Status_Code="404")]
    site = site_of(tmp_path, {"All_Outlinks.CSV": table(OUTLINKS, rows)})
    assert site.column("status") == {"": 200, "a": 200, "b": 404}
    assert site.column("problem") == {"": None, "a": None, "b": "answers 404"}


def test_a_position_of_ones_own_counts_as_template_and_is_named(tmp_path: Path) -> None:
    rows = [link("", "a", "A", "Mega Menu"), link("", "b", "B", "")]
    site = site_of(tmp_path, {"all_outlinks.csv": table(OUTLINKS, rows)})
    assert set(site.links["mark"]) == {"sidebar"}
    assert "2 links stand at positions" in site.reading.notes[1]
    assert "(none, 'Mega Menu')" in site.reading.notes[1]


def test_further_hosts_of_the_site_count(tmp_path: Path) -> None:
    rows = [link("", "a", "A", "Content", Destination="https://blog.example.com/a")]
    site = site_of(
        tmp_path, {"all_outlinks.csv": table(OUTLINKS, rows)}, hosts=["blog.example.com"]
    )
    assert list(site.pages["url"]) == [SITE, "https://blog.example.com/a"]
    assert list(site.links["target"]) == ["https://blog.example.com/a"]


def test_a_limit_keeps_the_home_page(tmp_path: Path) -> None:
    rows = {"internal_all.csv": table(INTERNAL, PAGES), "all_outlinks.csv": table(OUTLINKS, LINKED)}
    site = site_of(tmp_path, rows, max_pages=2)
    assert list(site.column("status")) == ["", "blog/"]
    assert site.reading.ending.limited
    assert site.addresses.loc[SITE + "gone", "why"] == "max_pages = 2 was reached"


# --- Files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_csv_that_the_tool_or_a_spreadsheet_writes_is_read(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    rows = [link("", "a", 'said "ä, ö; ü"\nand more', "Content"), link("", "b", "B", "Content")]
    text = table(OUTLINKS, rows, delimiter=delimiter)
    site = site_of(tmp_path, {"all_outlinks.csv": text.encode(encoding)})
    assert list(site.links["anchor"]) == ['said "ä, ö; ü" and more', "B"]


def test_columns_in_another_language_are_refused_by_name(tmp_path: Path) -> None:
    text = table(["Adresse", "Code HTTP", "Indexabilité"], [{"Adresse": SITE}])
    with pytest.raises(ConfigError, match="no column 'Address', 'Status Code'") as raised:
        site_of(tmp_path, {"internal_all.csv": text, "original_https_x.html": ""})
    assert "'Adresse', 'Code HTTP'" in str(raised.value)
    assert "English" in raised.value.hint


def test_an_excel_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"internal_all\.xlsx is an Excel file") as raised:
        site_of(tmp_path, {"internal_all.xlsx": b"PK"})
    assert "CSV" in raised.value.hint


def test_a_list_of_pages_alone_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="neither their HTML nor their links") as raised:
        site_of(tmp_path, {"internal_all.csv": table(INTERNAL, PAGES)})
    assert "All Page Source" in raised.value.hint


def test_an_export_of_another_site_is_refused(tmp_path: Path) -> None:
    rows = [{"Address": "https://other.example/", "Status Code": 200}]
    files = {"internal_all.csv": table(INTERNAL, rows), "all_outlinks.csv": table(OUTLINKS, [])}
    with pytest.raises(ConfigError, match=r"it is of https://other\.example/"):
        site_of(tmp_path, files)


def test_exports_of_two_crawls_are_refused(tmp_path: Path) -> None:
    text = table(OUTLINKS, LINKED)
    with pytest.raises(ConfigError, match=r"2 exports all_outlinks\.csv"):
        site_of(tmp_path, {"may/all_outlinks.csv": text, "june/all_outlinks.csv": text})


@pytest.mark.parametrize(
    "text",
    [
        b'"Type","Source","Destination","Anchor","Follow","Link Position"\nno,row\n',
        table(OUTLINKS, [link("", "a", "Grüße", "Content")]).encode("latin-1"),
        table(OUTLINKS, LINKED).encode("utf-16-le"),
        table(OUTLINKS, LINKED).encode("utf-16")[:-1],
    ],
    ids=["a short row", "latin-1", "no mark", "cut"],
)
def test_a_broken_csv_is_named(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(ConfigError, match=r"all_outlinks\.csv cannot be read"):
        site_of(tmp_path, {"all_outlinks.csv": text})


def test_an_empty_file_has_no_columns(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no column 'Type'"):
        site_of(tmp_path, {"all_outlinks.csv": b""})


def test_a_missing_folder_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    config = CrawlConfig(source="screaming_frog", folder=tmp_path / "none")
    job = CrawlJob(site=SITE, config=config, folder=tmp_path, began_at=NOW, probe="")
    with pytest.raises(ConfigError, match="there is no such folder"):
        read_screaming_frog(job)
