"""A generated site of subjects of unlike sizes and pages of unlike lengths, linked with care."""

from __future__ import annotations

import random

from tests.parsed_site import page

_SYLLABLES = [first + second for first in "bdfgklmnprst" for second in "aeiou"]
SIZES = (40, 25, 15, 8, 5, 3)  # pages of each subject
STRAY = 0.25  # of the links lead to another subject
VAGUE = 0.15  # of the links say nothing


def tangled_site(seed: int, *, blamed: str = "") -> dict[str, str]:
    """Return the pages of the site, path -> HTML: most links named well and within a subject.

    All links to the page ``blamed`` say nothing.
    """
    draw = random.Random(seed)
    common = _words(draw, 60)
    subjects = [_words(draw, 30) for _ in SIZES]
    titles = {
        f"/{subject}/{number}": " ".join([*draw.sample(subjects[subject], 2), *_words(draw, 1)])
        for subject, size in enumerate(SIZES)
        for number in range(size)
    }
    site = {}
    for path, title in titles.items():
        own = subjects[int(path.split("/")[1])]
        texts = []
        for _ in range(draw.choice((2, 3, 4, 8, 20))):
            said = [*draw.choices(own, k=18), *draw.choices(common, k=18)]
            draw.shuffle(said)
            for _ in range(draw.choice((0, 1, 1, 2))):
                to = _target(draw, path, titles)
                vague = draw.random() < VAGUE or to == blamed
                words = str(draw.randrange(10_000)) if vague else titles[to]
                said.insert(draw.randrange(len(said)), f'<a href="{to}">{words}</a>')
            texts.append(" ".join(said).capitalize() + ".")
        site[path] = page(title.title(), *texts)
    return site


def _words(draw: random.Random, count: int) -> list[str]:
    return ["".join(draw.choices(_SYLLABLES, k=3)) for _ in range(count)]


def _target(draw: random.Random, path: str, titles: dict[str, str]) -> str:
    near = path.rpartition("/")[0]
    stray = draw.random() < STRAY
    pages = [
        other for other in titles if other != path and (other.rpartition("/")[0] == near) != stray
    ]
    return draw.choice(pages)
