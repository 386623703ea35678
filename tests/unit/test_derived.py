"""What is kept beside the facts: used while it holds, made anew when in doubt, never in the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recommender.store import derived as module
from recommender.store.derived import derived


class Maker:
    """Makes something, and counts how often it had to."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> dict[str, int]:
        self.made += 1
        return {"made": self.made}


@pytest.fixture
def ask(tmp_path: Path) -> tuple[Callable[..., dict[str, int]], Maker, Path]:
    maker, folder = Maker(), tmp_path / "derived"

    def asked(crawl_id: str = "one", key: str = "text") -> dict[str, int]:
        return derived(folder, crawl_id, key, maker)

    return asked, maker, folder


Ask = tuple[Callable[..., dict[str, int]], Maker, Path]


def test_it_is_made_once_for_a_crawl(ask: Ask) -> None:
    asked, maker, _ = ask
    assert [asked()["made"], asked()["made"]] == [1, 1]
    assert maker.made == 1


def test_another_crawl_replaces_it_and_other_keys_stay(ask: Ask) -> None:
    asked, _, folder = ask
    asked(key="names")
    asked("one")
    asked("two")
    kept = sorted(path.name.split(".")[:2] for path in folder.iterdir())
    assert kept == [["names", "one"], ["text", "two"]]


@pytest.mark.parametrize("torn", [b"", b"no pickle at all", None], ids=["empty", "foreign", "cut"])
def test_a_file_that_cannot_be_read_is_made_anew(ask: Ask, torn: bytes | None) -> None:
    asked, maker, folder = ask
    asked()
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-9] if torn is None else torn)
    assert asked() == {"made": 2}
    assert asked() == {"made": 2}
    assert maker.made == 2


def test_other_code_makes_its_own(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, maker, folder = ask
    asked()
    monkeypatch.setattr(module, "made_by", lambda: "other code")
    assert asked() == {"made": 2}
    assert maker.made == 2
    assert len(list(folder.iterdir())) == 1


def test_a_folder_that_cannot_be_made_costs_time_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "derived").write_text("a file stands where the folder should be")
    maker = Maker()
    assert derived(tmp_path / "derived", "one", "text", maker) == {"made": 1}
    assert derived(tmp_path / "derived", "one", "text", maker) == {"made": 2}
