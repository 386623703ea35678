"""The real command line: in this process where only words and code matter, else in one of its own.

An :class:`Installation` is a folder with a configuration, as a user has it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from jobs.cli import main

ACCOUNT = "reader@project.example"
CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All that it wrote, its lines in one, to look sentences up in."""
        return " ".join((self.out + self.err).split())

    def done(self) -> Ran:
        """Return this run; it must have ended well."""
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}"
        return self


def linkwright(*arguments: str) -> Ran:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as ended:
            code = ended.code or 0
    assert isinstance(code, int), code
    return Ran(code=code, out=out.getvalue(), err=err.getvalue())


def child(*arguments: str, module: str = "jobs.cli") -> subprocess.Popen[str]:
    """Start a command in a process of its own, with its output in pipes."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONWARNINGS": "default"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], *, timeout_s: float = 120) -> Ran:
    """Return how a process ended."""
    with process:
        out, err = process.communicate(timeout=timeout_s)
    return Ran(code=process.returncode, out=out, err=err)


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder with a configuration, as a user has it."""

    folder: Path

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "config.yaml"

    @property
    def data(self) -> Path:
        """The data folder of the one property."""
        return self.folder / "data" / "guides"

    def run(self, *arguments: str) -> Ran:
        """Run a command in this process."""
        return linkwright("--config", str(self.config), *arguments)

    def start(self, *arguments: str, module: str = "jobs.cli") -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        return child("--config", str(self.config), *arguments, module=module)

    def listed(self, *arguments: str) -> list[dict[str, object]]:
        """Return the recommendations that `list` gives."""
        found = json.loads(self.run("list", "--json", *arguments).done().out)
        assert isinstance(found, list)
        return found

    def copied(self, folder: Path) -> Installation:
        """Return a copy of it in ``folder``."""
        shutil.copytree(self.folder, folder)
        return Installation(folder)

    def configure(self, **sections: object) -> None:
        """Write the configuration anew with ``sections`` laid over it."""
        known = yaml.safe_load(self.config.read_text(encoding="utf-8"))
        property_keys = ("site", "search_console", "crawl", "recommend", "digest")
        for name, value in sections.items():
            place = known["properties"][0] if name in property_keys else known
            old = place.get(name)
            place[name] = {**old, **value} if isinstance(old, dict) and _is_map(value) else value
        self.config.write_text(yaml.safe_dump(known), encoding="utf-8")


def _is_map(value: object) -> bool:
    return isinstance(value, Mapping)


def installation(
    folder: Path, site: str, *, search: Mapping[str, object] | None = None
) -> Installation:
    """Write the configuration of the guides at ``site`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Installation(folder)
    entry: dict[str, object] = {"name": "guides", "site": site, "crawl": {"delay_s": 0}}
    if search is not None:
        entry["search_console"] = {"source": "api", "history_days": 30, **search}
    made.config.write_text(
        yaml.safe_dump({"data_dir": "./data", "properties": [entry]}), encoding="utf-8"
    )
    return made


def service_account_key(file: Path, *, token_uri: str) -> Path:
    """Write the key file of a service account whose tokens come from ``token_uri``."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    content = {
        "type": "service_account",
        "project_id": "project",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": ACCOUNT,
        "client_id": "1",
        "token_uri": token_uri,
    }
    file.write_text(json.dumps(content), encoding="utf-8")
    file.chmod(0o600)
    return file


def oauth_client(file: Path, *, screen: str, token_uri: str) -> Path:
    """Write the file of an OAuth client whose consent screen is at ``screen``."""
    client = {
        "client_id": "client",
        "client_secret": "hush",
        "auth_uri": screen,
        "token_uri": token_uri,
    }
    file.write_text(json.dumps({"installed": client}), encoding="utf-8")
    return file


def lines_of(text: str) -> Sequence[dict[str, object]]:
    """Return the objects of JSON lines."""
    return [json.loads(line) for line in text.splitlines()]
