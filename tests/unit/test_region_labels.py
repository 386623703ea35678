"""The hand-labelled links: every file is well formed, and holds at least what its README counts."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from recommender.models import Region
from tests.eval.regions.label_files import (
    HERE,
    Label,
    Site,
    SiteUnavailable,
    fetch,
    labels,
    labels_of,
    sites,
)

LABELLED = tuple(site for site in sites() if (HERE / "labels" / f"{site.site}.jsonl").exists())
HEADER = ("content", "editorial", "nav", "breadcrumb", "sidebar", "related", "footer")
ROW = re.compile(r"^\| `(?P<site>[\w.-]+)` \|(?P<numbers>(?: *\d+ *\|)+)$", re.MULTILINE)


def counted(found: tuple[Label, ...]) -> tuple[int, ...]:
    regions = Counter(label.label for label in found)
    editorial = sum(label.editorial for label in found)
    return tuple(editorial if name == "editorial" else regions[Region(name)] for name in HEADER)


def promised() -> Mapping[str, tuple[int, ...]]:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    return {
        row["site"]: tuple(int(number) for number in row["numbers"].split("|") if number.strip())
        for row in ROW.finditer(readme)
    }


def a_site(packed: Path, root: str) -> Site:
    return Site(
        site="small",
        kind="pypi",
        package="small",
        version="1.0",
        file=packed.name,
        sha256=hashlib.sha256(packed.read_bytes()).hexdigest(),
        root=root,
        template="one page",
    )


def a_wheel(folder: Path) -> Path:
    packed = folder / "small-1.0-py3-none-any.whl"
    with zipfile.ZipFile(packed, "w") as zipped:
        zipped.writestr("small/doc/index.html", "<p>Hello</p>")
    return packed


def test_no_site_is_named_twice() -> None:
    names = [site.site for site in sites()]
    assert sorted(set(names)) == sorted(names)


def test_every_label_file_belongs_to_a_known_site() -> None:
    files = {file.stem for file in (HERE / "labels").glob("*.jsonl")}
    assert files <= {site.site for site in sites()}
    assert files


@pytest.mark.parametrize("site", LABELLED, ids=lambda site: site.site)
def test_a_label_names_the_site_of_its_file(site: Site) -> None:
    assert {label.site for label in labels(site)} == {site.site}


@pytest.mark.parametrize("site", LABELLED, ids=lambda site: site.site)
def test_no_link_is_labelled_twice(site: Site) -> None:
    links = Counter((label.page, label.href, label.anchor, label.nth) for label in labels(site))
    assert [link for link, times in links.items() if times > 1] == []


@pytest.mark.parametrize("site", LABELLED, ids=lambda site: site.site)
def test_a_page_is_a_path_below_the_root_of_its_site(site: Site) -> None:
    for label in labels(site):
        path = PurePosixPath(label.page)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert path.suffix in {".html", ".htm", ".xhtml"}


@pytest.mark.parametrize("site", LABELLED, ids=lambda site: site.site)
def test_an_anchor_is_folded_and_its_place_is_counted_from_zero(site: Site) -> None:
    for label in labels(site):
        assert label.anchor == " ".join(label.anchor.split())
        assert label.nth >= 0


@pytest.mark.parametrize("site", LABELLED, ids=lambda site: site.site)
def test_only_content_links_are_editorial(site: Site) -> None:
    editorial = {label.label for label in labels(site) if label.editorial}
    assert editorial <= {Region.CONTENT}


@pytest.mark.parametrize("site", LABELLED, ids=lambda site: site.site)
def test_labels_of_a_site_come_from_at_least_six_pages(site: Site) -> None:
    assert len({label.page for label in labels(site)}) >= 6


@pytest.mark.parametrize("site", LABELLED, ids=lambda site: site.site)
def test_a_site_holds_at_least_the_labels_that_the_readme_counts(site: Site) -> None:
    rows = promised()
    assert site.site in rows, "README.md has no row of counts for this site"
    assert len(rows[site.site]) == len(HEADER)
    found = dict(zip(HEADER, counted(labels(site)), strict=True))
    short = {
        name: (found[name], number)
        for name, number in zip(HEADER, rows[site.site], strict=True)
        if found[name] < number
    }
    assert short == {}


def test_the_labels_number_400_or_more_and_a_third_of_them_is_content() -> None:
    found = [label for site in LABELLED for label in labels(site)]
    assert len(found) >= 400
    content = sum(label.label is Region.CONTENT for label in found)
    assert content >= 0.35 * len(found)


def test_every_region_is_labelled_somewhere() -> None:
    assert {label.label for site in LABELLED for label in labels(site)} == set(Region)


def test_an_unknown_label_is_refused_with_its_line(tmp_path: Path) -> None:
    line = {
        "site": "small",
        "page": "index.html",
        "href": "a.html",
        "anchor": "a",
        "nth": 0,
        "label": "content",
        "editorial": False,
        "note": "",
    }
    file = tmp_path / "small.jsonl"
    file.write_text(f"{json.dumps(line)}\n{json.dumps(line | {'label': 'menu'})}\n")
    with pytest.raises(ValueError, match=r"small\.jsonl, line 2"):
        labels_of(file)


def test_a_fetched_site_is_the_root_inside_its_package(tmp_path: Path) -> None:
    site = a_site(a_wheel(tmp_path), "small/doc")
    pages = fetch(site, tmp_path)
    assert (pages / "index.html").read_text() == "<p>Hello</p>"
    assert fetch(site, tmp_path) == pages


def test_a_source_archive_is_unpacked_as_well(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("<p>Hello</p>")
    packed = tmp_path / "small-1.0.tar.gz"
    with tarfile.open(packed, "w:gz") as tarred:
        tarred.add(page, "small-1.0/doc/index.html")
    pages = fetch(a_site(packed, "small-1.0/doc"), tmp_path)
    assert (pages / "index.html").exists()


def test_another_file_than_the_labelled_one_is_refused(tmp_path: Path) -> None:
    site = replace(a_site(a_wheel(tmp_path), "small/doc"), sha256="0" * 64)
    with pytest.raises(SiteUnavailable, match="not the file that was labelled"):
        fetch(site, tmp_path)


def test_a_root_that_the_package_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteUnavailable, match=r"correct sites\.json"):
        fetch(a_site(a_wheel(tmp_path), "small/manual"), tmp_path)


def test_a_missing_shared_site_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINKWRIGHT_SHARED", str(tmp_path / "nowhere"))
    site = replace(a_site(a_wheel(tmp_path), "small/doc"), kind="shared")
    with pytest.raises(SiteUnavailable, match="set LINKWRIGHT_SHARED"):
        fetch(site, tmp_path)
