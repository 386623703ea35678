"""A crawled site of invented words, of any size, for tests of the search model and its service."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pandas as pd

from recommender.frames import PAGES

ROOT = "https://www.example.com/"
_SYLLABLES = [first + second for first in "bdfgklmnprst" for second in "aeiou"]


def crawled_pages(number: int, *, seed: int = 1) -> pd.DataFrame:
    """Return PAGES of a home page, ``number - 1`` articles and one page that is not indexable."""
    draw = random.Random(seed)
    vocabulary = ["".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4))) for _ in range(number)]
    titles = [" ".join(draw.choices(vocabulary, k=draw.randint(2, 5))) for _ in range(number)]
    rows = [
        {
            "url": f"{ROOT}{title.replace(' ', '-')}-{place}" if place else ROOT,
            "status": 200,
            "redirect_to": None,
            "indexable": place != number,
            "why_not_indexable": None if place != number else "noindex",
            "canonical": None,
            "title": f"{title.capitalize()} | Example",
            "h1": title,
            "description": " ".join(draw.choices(vocabulary, k=10)),
            "language": "en",
            "words": 400,
            "depth": 1,
            "published_at": None,
            "content_hash": str(place),
            "fetched_at": datetime(2026, 3, 1, tzinfo=UTC),
        }
        for place, title in enumerate([*titles, titles[-1]])
    ]
    return PAGES.coerced(pd.DataFrame(rows))
