"""What readers said no to on one pair of pages: it binds where and how the pair may come back."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.languages import is_function_word
from recommender.text import folded, squeezed, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Places and words that a reader dismissed for a link of one page to another.

    ``sentences`` are squeezed, ``blocks`` ordinals, ``wordings`` as :func:`wording` gives them.
    """

    sentences: frozenset[str] = frozenset()
    blocks: frozenset[int] = frozenset()
    wordings: frozenset[frozenset[str]] = frozenset()

    def has_place(self, block: int, text: str) -> bool:
        """Tell whether a block with ``text`` is one that was dismissed, wherever it stands now."""
        said = squeezed(text)
        return block in self.blocks or any(sentence in said for sentence in self.sentences)

    def has_words(self, anchor: str) -> bool:
        """Tell whether ``anchor`` says the same as words that were dismissed."""
        return wording(anchor) in self.wordings


def wording(anchor: str) -> frozenset[str]:
    """Return what makes two anchors the same words: those that carry meaning, in any order."""
    said = frozenset(word for word in words(anchor) if not is_function_word(word))
    return said or frozenset({folded(anchor)})
