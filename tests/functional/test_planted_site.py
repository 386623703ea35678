"""A site with known faults gets each of them named for its page, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from recommender.candidates.targets import one_target
from recommender.models import PatternName, TargetCase
from recommender.passes.choose import choose, judged
from recommender.passes.study import Study, read_site, study
from recommender.passes.survey import survey
from recommender.report.cards import PageName
from recommender.report.faults import faults_text
from recommender.report.words import TEXT_WIDTH
from tests.folder_site import read_folder_site, written
from tests.parsed_site import ROOT, at_work
from tests.planted_site import PlantedSite, planted_site


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The planted site as the product sees it."""

    planted: PlantedSite
    known: Study
    cases: dict[str, TargetCase]  # by path


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    planted = planted_site()
    folder = tmp_path_factory.mktemp("planted")
    snapshot = read_folder_site(written(planted.pages, folder / "site"), folder / "work")
    site = at_work(snapshot, days=[planted.searched])
    known = study(site, read_site(site), np.random.default_rng(1))
    cases = {
        url.removeprefix(ROOT).rstrip("/"): judged(known, one_target(known.targets, url))
        for url in known.reading.corpus.pages
    }
    return Seen(planted=planted, known=known, cases=cases)


def named(case: TargetCase) -> set[str]:
    return {check.name for check in case.failed} | {p.name.value for p in case.patterns}


def test_each_planted_fault_is_named_and_nothing_else(seen: Seen) -> None:
    assert seen.cases.keys() == seen.planted.pages.keys()
    told = {path: faults for path, case in seen.cases.items() if (faults := named(case))}
    assert told == seen.planted.faults


def test_what_is_told_of_a_fault_says_where_it_lies(seen: Seen) -> None:
    vague, misnamed, thin = (seen.cases[path] for path in ("/vague", "/misnamed", "/2/7"))
    assert all("could lead anywhere" in line.because for line in vague.ledger)
    assert all(f"the name of {ROOT}/2/0/" in line.because for line in misnamed.ledger)
    assert "No text links it" in seen.cases["/menu-only"].patterns[0].finding
    assert seen.cases["/menu-only"].template_links == len(seen.planted.pages) - 1
    assert "from pages about something else" in seen.cases["/stranded"].patterns[0].finding
    assert "240 words" in thin.failed[0].finding
    assert ROOT + "/0/9/" in seen.cases["/0/2"].failed[0].finding
    assert ROOT + "/0/2/" in seen.cases["/0/9"].failed[0].finding
    assert "elsewhere.test" in seen.cases["/1/7"].failed[0].finding
    assert "61.0" in seen.cases["/3/7"].failed[0].finding
    assert "quixotic" in seen.cases["/1/2"].failed[0].advice


def test_what_links_cannot_mend_is_to_be_fixed_first_and_gets_no_link(seen: Seen) -> None:
    patterns = {name.value for name in PatternName}
    planted = {ROOT + p + "/" for p, faults in seen.planted.faults.items() if faults - patterns}
    wide = {"targets_per_week": 20, "edits_per_week": 100}
    site = at_work(seen.known.reading.snapshot, days=[seen.planted.searched], recommend=wide)
    choice = choose(site, seen.known, (), np.random.default_rng(1))
    assert {case.url for case in choice.fix_first} == planted
    edits = (*choice.proposed, *choice.waiting)
    assert not planted & {edit.target for edit in edits}


def test_the_list_of_all_faults_has_each_planted_one_under_its_kind(seen: Seen) -> None:
    patterns = {name.value for name in PatternName}
    site = at_work(seen.known.reading.snapshot, days=[seen.planted.searched])
    found = survey(site, seen.known)
    failed = {path for path, faults in seen.planted.faults.items() if faults - patterns}
    assert {bare(card.page) for card in found.fix_first} == failed
    assert {bare(one.page) for one in found.patterns} == (
        seen.planted.faults.keys() - failed - {"/menu-only"}
    )
    assert {bare(one.page) for one in found.unlinked} == {"/menu-only"}
    text = faults_text(found)
    assert all(ROOT + path + "/" in text for path in seen.planted.faults)
    assert all(len(line) <= TEXT_WIDTH for line in text.splitlines())


def test_a_text_is_crowded_from_three_links_on(seen: Seen) -> None:
    site = at_work(seen.known.reading.snapshot, days=[seen.planted.searched])
    crowded = {bare(one.page): one.says[0] for one in survey(site, seen.known).crowded}
    assert {f"/hub/{number}" for number in range(4)} <= crowded.keys()
    assert all(int(says.split()[0]) >= 3 for says in crowded.values())
    assert "far out on this site" in crowded["/hub/0"]


def bare(page: PageName) -> str:
    return page.url.removeprefix(ROOT).rstrip("/")
