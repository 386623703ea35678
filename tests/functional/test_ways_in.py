"""Sites that are not visited: a folder of HTML and an export, through the commands of a week."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.command_line import Installation, installation
from tests.guide_site import guide_site

SITE = "https://guides.example.com/"
INTERNAL = ["Address", "Content Type", "Status Code", "Indexability", "Title 1", "H1-1"]
OUTLINKS = ["Type", "Source", "Destination", "Anchor", "Status Code", "Follow", "Link Position"]


def of_files(root: Path, source: str, files: Path) -> Installation:
    made = installation(root, SITE)
    made.configure(crawl={"source": source, "folder": str(files)})
    return made


def test_a_folder_of_html_gives_a_digest_and_a_second_day_reads_nothing_anew(
    tmp_path: Path,
) -> None:
    for path, answer in guide_site().items():
        if answer.headers["Content-Type"].startswith("text/html"):
            file = tmp_path / "site" / path.strip("/") / "index.html"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(answer.body)
    made = of_files(tmp_path / "run", "folder", tmp_path / "site")
    daily = made.run("daily").done()
    assert "50 URLs, 50 visited, 50 new or changed" in daily.err
    assert "48 content links" in daily.err
    assert "New link on Smoker fuel" in made.run("url", SITE + "bees/honey-super").done().out
    made.run("weekly").done()
    assert list((made.data / "digests").glob("*.html"))
    assert "50 visited, 0 new or changed" in made.run("daily").done().err


def table(path: Path, head: list[str], rows: list[list[object]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([head, *rows])


def test_an_export_of_links_alone_is_judged_and_proposes_nothing(tmp_path: Path) -> None:
    names = ["", "a", "b", "c"]
    pages = [[SITE + n, "text/html", 200, "Indexable", f"Page {n}", f"Page {n}"] for n in names]
    links = [
        ["Hyperlink", SITE + source, SITE + target, "read more", 200, "true", "Content"]
        for source in names
        for target in names
        if source != target
    ]
    table(tmp_path / "export" / "internal_html.csv", INTERNAL, pages)
    table(tmp_path / "export" / "all_outlinks.csv", OUTLINKS, links)
    made = of_files(tmp_path / "run", "screaming_frog", tmp_path / "export")
    assert "exported links but no text" in made.run("daily").done().err
    assert made.listed() == []
    report = made.run("url", SITE + "a").done().out
    assert "3 links from other pages" in report
    assert "links but no text" in report
    assert "No link is proposed" in report
