"""The real sites of LINKWRIGHT_SHARED on loopback, with searches from a model: same every run."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Self
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pandas as pd
import yaml
from selectolax.lexbor import LexborHTMLParser

from jobs.demo.search_model import SearchModel
from recommender.frames import PAGES
from tests.mail_server import free_port

LINKWRIGHT = Path(sys.executable).with_name("linkwright")
SECONDS_TO_START = 30
PACIFIC = ZoneInfo("America/Los_Angeles")
MODEL_TODAY = date(2026, 3, 18)
MODEL_HISTORY = timedelta(days=140)
MODEL_ROOT = "https://www.site.example/"


def shared() -> Path:
    """Return the folder with the sites and the evaluation, whether it is there or not."""
    checkout = Path(__file__).resolve().parents[1]
    return (checkout / os.environ.get("LINKWRIGHT_SHARED", "../shared")).resolve()


def archive(name: str) -> Path:
    """Return the archive of a site, whether it is there or not."""
    return shared() / "sites" / f"{name}.tar.xz"


def unpack(name: str, folder: Path) -> Path:
    """Return ``folder`` with the pages of the site ``name`` in it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive(name)) as packed:
        packed.extractall(folder, filter="data")
    return folder


def tools(name: str) -> ModuleType:
    """Return a module of the evaluation's tools, which import each other by bare names."""
    folder = str(shared() / "eval")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve ``folder`` from a process of its own while the context lasts; gives its home page."""
    port = free_port()
    command = [sys.executable, str(shared() / "eval" / "serve.py"), str(folder)]
    with subprocess.Popen([*command, "--port", str(port)]) as server:
        try:
            home = f"http://127.0.0.1:{port}/"
            _wait_for(f"{home}robots.txt", server)
            yield home
        finally:
            server.terminate()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + SECONDS_TO_START
    while server.poll() is None and time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise RuntimeError(f"nobody answers at {url}")


# --- Configuration --------------------------------------------------------------------------


def write_config(
    folder: Path,
    *,
    name: str,
    site: str,
    search_console: Mapping[str, object] | None = None,
    **sections: Mapping[str, object],
) -> Path:
    """Return a new configuration for the site at ``site``, crawled without pauses."""
    folder.mkdir(parents=True, exist_ok=True)
    one: dict[str, object] = {
        "name": name,
        "site": site,
        "search_console": dict(search_console or {"source": "none"}),
        "crawl": {"delay_s": 0},
    }
    if "digest" in sections:
        one["digest"] = dict(sections["digest"])
    content: dict[str, object] = {"data_dir": "./data", "properties": [one]}
    content |= {key: dict(value) for key, value in sections.items() if key != "digest"}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def token_file(folder: Path, token_uri: str) -> Path:
    """Return a new file with a person's stored consent, good at ``token_uri``."""
    path = folder / "token.json"
    content = {
        "type": "authorized_user",
        "client_id": "client",
        "client_secret": "hush",
        "refresh_token": "refresh",
        "token_uri": token_uri,
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    path.chmod(0o600)
    return path


# --- Searches -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Searches:
    """The searches of a served site: the same on every day of the year and on every port."""

    model: SearchModel
    home: str
    today: date

    @classmethod
    def of(cls, folder: Path, home: str) -> Self:
        """Return searches over the pages in ``folder`` that are served at ``home``."""
        model = SearchModel.of_site(
            pages_of(folder, MODEL_ROOT), seed=7, first_day=MODEL_TODAY - MODEL_HISTORY
        )
        return cls(model=model, home=home, today=datetime.now(PACIFIC).date())

    def day(self, day: date) -> pd.DataFrame:
        """Return what the model says of the day that lies as far back from its own today."""
        rows = self.model.day(MODEL_TODAY - (self.today - day))
        return rows.assign(page=self.home + rows["page"].str.removeprefix(MODEL_ROOT))


def pages_of(folder: Path, home: str) -> pd.DataFrame:
    """Return PAGES of the files in ``folder``, read without any module of the crawler."""
    rows = []
    for file in sorted(folder.rglob("*.html")):
        content = file.read_bytes()
        tree = LexborHTMLParser(content)
        described = tree.css_first('meta[name="description"]')
        heading, title = tree.css_first("h1"), tree.css_first("title")
        rows.append(
            {
                "url": home + quote(file.relative_to(folder).as_posix().removesuffix("index.html")),
                "status": 200,
                "redirect_to": None,
                "indexable": True,
                "why_not_indexable": None,
                "canonical": None,
                "title": " ".join(title.text().split()) if title else "",
                "h1": " ".join(heading.text().split()) if heading else "",
                "description": (described.attributes.get("content") or "") if described else "",
                "language": "en",
                "words": 400,
                "depth": 1,
                "published_at": None,
                "content_hash": hashlib.sha256(content).hexdigest(),
                "fetched_at": datetime(2026, 3, 1, tzinfo=UTC),
            }
        )
    return PAGES.coerced(pd.DataFrame(rows))
