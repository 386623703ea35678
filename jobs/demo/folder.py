"""The demo's folder: made only where nothing foreign is, and configured like any site."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import yaml

from jobs.demo.sample_pages import ABOUT, QUESTIONS, sample_settings
from recommender.errors import ConfigError

MARKER = ".linkwright-demo"
SITE, DIGESTS, DATA, REPORT = "site", "digests", "data", "report.html"
FAULTS = "faults.txt"
_CONFIG, _TOKEN = "config.yaml", "search-console-token.json"
_MADE = (SITE, DIGESTS, DATA, REPORT, FAULTS, _CONFIG, _TOKEN)
"""What a demo leaves in its folder beside the marker; nothing else there is ever removed."""

BRAND = "repair stand"
HISTORY_DAYS = 112


def prepare(folder: Path) -> None:
    """Make ``folder``, or empty it of what an earlier demo left there.

    Raises ConfigError where it holds something else.
    """
    ours = not folder.exists() or (folder / MARKER).is_file()
    if not ours and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(
            f"{folder} holds something else than an earlier demo; nothing was touched",
            subject=str(folder),
            hint="name a new or an empty folder with --folder",
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()
    for name in _MADE:
        left = folder / name
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink(missing_ok=True)


def write_config(folder: Path, *, site_url: str, endpoint: str, token_uri: str) -> Path:
    """Write the configuration and the OAuth token that it names; return its path."""
    token = {
        "type": "authorized_user",
        "client_id": "demo",
        "client_secret": "demo",
        "refresh_token": "demo",
        "token_uri": token_uri,
    }
    token_file = folder / _TOKEN
    token_file.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    token_file.write_text(json.dumps(token, indent=2), encoding="utf-8")
    config = {
        "data_dir": DATA,
        "properties": [
            {
                "name": BRAND.replace(" ", "-"),
                "site": site_url,
                "search_console": {
                    "source": "api",
                    "credentials": "oauth",
                    "credentials_file": _TOKEN,
                    "endpoint": endpoint,
                    "history_days": HISTORY_DAYS,
                    "brand_terms": [BRAND],
                },
                "crawl": {"delay_s": 0.0},
                "page_types": _page_types(),
                "digest": {"folder": DIGESTS},
            }
        ],
    }
    path = folder / _CONFIG
    note = (
        "# Written by `linkwright demo`. What is stored can be read at any time (list, url URL,\n"
        "# daily --from-store); site and Search Console answer only while it runs with --keep.\n"
    )
    path.write_text(note + yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


def _page_types() -> list[dict[str, object]]:
    """Return what an owner would say: lists write themselves, questions and About want no links."""
    lists = (QUESTIONS, *sample_settings().topics.values())
    return [
        *({"pattern": path, "source": False, "target": False} for path in lists),
        *({"pattern": pattern, "target": False} for pattern in (f"{QUESTIONS}*", ABOUT)),
    ]
