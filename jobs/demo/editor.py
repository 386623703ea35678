"""The demo's editor: reads the mailed edits and writes them into the site, as people do.

Most edits of the first mail are made as proposed, one in other words, one not at all; those of the
next to the letter; and one link is taken out again. What is made of the proposals is told by their
order alone, so that each run does the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.demo.site import SampleSite
from recommender.errors import LinkwrightError
from recommender.models import Kind, Recommendation


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the editor did with the edits of one mail."""

    as_proposed: tuple[Recommendation, ...]
    in_other_words: tuple[Recommendation, ...]
    left: tuple[Recommendation, ...]

    @property
    def made(self) -> tuple[Recommendation, ...]:
        """The edits that stand on the site now."""
        return self.as_proposed + self.in_other_words


def write_edits(
    site: SampleSite, mailed: Sequence[Recommendation], *, to_the_letter: bool = False
) -> Written:
    """Write all but one of the ``mailed`` edits into the site, one of them in other words.

    ``to_the_letter`` writes all as they are. What cannot be linked where it was asked for is left.
    """
    edits = sorted(mailed, key=_path_of)
    spare = len(edits) > 1 and not to_the_letter
    left = _first_of_target_with_most(edits)[:1] if spare else []
    as_proposed: list[Recommendation] = []
    reworded: list[Recommendation] = []
    for edit in edits:
        if edit in left:
            continue
        if not reworded and not to_the_letter and _write_reworded(site, edit):
            reworded.append(edit)
        elif _write(site, edit, edit.anchor, edit.anchor_start):
            as_proposed.append(edit)
        else:
            left.append(edit)
    return Written(as_proposed=tuple(as_proposed), in_other_words=tuple(reworded), left=tuple(left))


def take_one_out(site: SampleSite, written: Written) -> Recommendation | None:
    """Remove one of the links made as proposed again and return it, None where there is none."""
    for edit in _first_of_target_with_most(written.as_proposed):
        site.remove_link(edit.source, edit.target)
        return edit
    return None


def _first_of_target_with_most(edits: Sequence[Recommendation]) -> list[Recommendation]:
    """Return the additions, those of the target with most edits first: it keeps others.

    Of equals the one that is worth least: an editor does not drop the best hint of the week.
    """
    links = Counter(edit.target for edit in edits)
    additions = [edit for edit in edits if edit.kind is Kind.ADD]
    return sorted(additions, key=lambda edit: (-links[edit.target], edit.value))


def _write(site: SampleSite, edit: Recommendation, anchor: str, start: int) -> bool:
    """Make an edit; tell whether the page has these words where an editor can link them."""
    try:
        if edit.kind in (Kind.CHANGE_ANCHOR, Kind.REMOVE):
            site.remove_link(edit.source, edit.target)
        if edit.kind is Kind.ADD_SENTENCE:
            return False  # this editor wraps words and writes none
        if edit.kind is not Kind.REMOVE:
            site.apply_edit(edit.source, edit.sentence, anchor, edit.target, start=start)
    except LinkwrightError:
        return False
    return True


def _write_reworded(site: SampleSite, edit: Recommendation) -> bool:
    """Link a word more than was proposed, where the markup allows; tell whether that was done."""
    return edit.kind is Kind.ADD and any(
        _write(site, edit, anchor, start) for start, anchor in _longer_anchors(edit)
    )


def _longer_anchors(edit: Recommendation) -> Iterator[tuple[int, str]]:
    """Yield the anchor with the word before it, then with the word after it, and its offset."""
    start, end = edit.anchor_start, edit.anchor_start + len(edit.anchor)
    before = re.search(r"[\w'-]+ $", edit.sentence[:start])
    if before:
        yield before.start(), edit.sentence[before.start() : end]
    after = re.match(r" [\w'-]+", edit.sentence[end:])
    if after:
        yield start, edit.sentence[start : end + after.end()]


def _path_of(edit: Recommendation) -> tuple[str, str, str]:
    return edit.target, edit.source, edit.anchor
