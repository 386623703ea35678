"""Every edit for every page of real sites, held against their HTML by a reader of its own.

The bar is taken away: what the writers' rules forbid must not depend on how good an edit is.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from recommender.allocate.plan import allocate
from recommender.allocate.value import Budgets
from recommender.models import Kind, TargetCase
from recommender.passes.choose import as_edit, edits_for, judged
from recommender.passes.study import read_site, study
from tests.folder_site import read_folder_site, unpacked
from tests.page_check import Page, faults_of_all, faults_together
from tests.parsed_site import ROOT, at_work
from tests.real_sites import archive

pytestmark = [
    pytest.mark.shared,
    pytest.mark.slow,
    pytest.mark.skipif(
        not archive("kalicube").exists(), reason="LINKWRIGHT_SHARED has no sites/*.tar.xz"
    ),
]

WIDE = Budgets(
    targets_per_week=10_000,
    edits_per_week=10_000,
    sentences_per_week=10_000,
    links_per_target=50,
    links_per_source=50,
)


class Pages(dict[str, Page]):
    """The pages of a folder by URL, read when they are asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, url: str) -> Page:
        file = self._folder / unquote(url.removeprefix(f"{ROOT}/"))
        page = Page(url, (file / "index.html" if file.is_dir() else file).read_bytes())
        return self.setdefault(url, page)


def same(url: str) -> str:
    """Return the form in which two spellings of an address of a folder are one."""
    return unquote(url.partition("?")[0]).removesuffix("index.html").rstrip("/")


@pytest.mark.parametrize(
    ("name", "every", "least"), [("apache", 1, 40), ("django", 4, 5), ("kalicube", 10, 10)]
)
def test_every_edit_on_a_real_site_keeps_the_writers_rules(
    name: str, every: int, least: int, tmp_path: Path
) -> None:
    folder = unpacked(name, tmp_path / "site", every=every)
    site = at_work(read_folder_site(folder, tmp_path / "work"), recommend={"min_score": 0.0})
    known = study(site, read_site(site), np.random.default_rng(1))
    corpus = known.reading.corpus
    cases = [
        TargetCase(url=url, title=title, need=1.0, need_basis="", demand=None)
        for url, title in zip(corpus.pages, corpus.titles, strict=True)
    ]
    targets = [case for case in (judged(known, case) for case in cases) if case.passed]
    edits = {edit.id: edit for edit in edits_for(site, known, targets)}
    assert len(edits) >= least
    assert any(edit.kind is Kind.ADD for edit in edits.values())
    assert faults_of_all([*edits.values()], Pages(folder), same) == []
    chosen = allocate([*map(as_edit, edits.values())], WIDE, np.random.default_rng(1)).chosen
    assert len(chosen) >= least / 5
    assert faults_together([edits[key] for key in chosen]) == []
