"""The labelled links and the sites that they stand in, read and fetched."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from recommender.models import Region
from tests.real_sites import shared

HERE = Path(__file__).resolve().parent
WHEEL_OR_ZIP = (".whl", ".zip")
PACKAGE_TOOL_SECONDS = 300


class SiteUnavailable(RuntimeError):
    """The pages of a labelled site cannot be had here; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """Where the pages of one labelled site come from."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    site: str
    kind: Literal["shared", "pypi", "npm", "debian"]
    package: str
    version: str
    file: str
    sha256: str
    root: str
    template: str
    held_out: bool = False
    round: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """Where one link of one page stands, by the rule in README.md."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    site: str
    page: str
    href: str
    anchor: str
    nth: int
    label: Region
    editorial: bool
    note: str


_SITES = TypeAdapter(tuple[Site, ...])
_LABEL = TypeAdapter(Label)


def sites() -> tuple[Site, ...]:
    """Return every site that has labels, in the order of sites.json."""
    return _SITES.validate_json((HERE / "sites.json").read_bytes())


def labels(site: Site) -> tuple[Label, ...]:
    """Return the labels of ``site`` in the order of its file."""
    return labels_of(HERE / "labels" / f"{site.site}.jsonl")


def labels_of(file: Path) -> tuple[Label, ...]:
    """Return the labels in ``file``; a line that is none raises ValueError with its number."""
    read = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            read.append(_LABEL.validate_json(line))
        except ValueError as problem:
            raise ValueError(f"{file.name}, line {number}: {problem}") from problem
    return tuple(read)


def fetch(site: Site, folder: Path) -> Path:
    """Return the folder with the pages of ``site``, unpacked below ``folder`` if not yet there."""
    unpacked = folder / f"{site.site}-{site.sha256[:12]}"
    if not unpacked.is_dir():
        packed = _archive(site, folder)
        _verify(site, packed)
        half_done = unpacked.with_suffix(".part")
        shutil.rmtree(half_done, ignore_errors=True)
        _unpack(packed, half_done)
        half_done.rename(unpacked)
    pages = unpacked / site.root
    if not pages.is_dir():
        raise SiteUnavailable(f"{site.file} has no folder {site.root}; correct sites.json")
    return pages


def _archive(site: Site, folder: Path) -> Path:
    if site.kind == "shared":
        packed = shared() / "sites" / site.file
        if not packed.is_file():
            raise SiteUnavailable(f"{site.site}: no {packed}; set LINKWRIGHT_SHARED")
        return packed
    packed = folder / site.file
    if not packed.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _run(site, _download(site, folder), folder)
    if not packed.is_file():
        got = ", ".join(sorted(found.name for found in folder.iterdir())) or "nothing"
        raise SiteUnavailable(f"{site.site}: the download brought {got}, not {site.file}")
    return packed


def _download(site: Site, folder: Path) -> Sequence[str]:
    match site.kind:
        case "npm":
            pinned = f"{site.package}@{site.version}"
            return ["npm", "pack", pinned, "--ignore-scripts", "--pack-destination", str(folder)]
        case "debian":
            return ["apt-get", "download", f"{site.package}={site.version}"]
        case _:
            form = "--only-binary" if site.file.endswith(".whl") else "--no-binary"
            pip = [sys.executable, "-m", "pip", "download", "--no-deps", form, ":all:"]
            return [*pip, "--dest", str(folder), f"{site.package}=={site.version}"]


def _run(site: Site, command: Sequence[str], folder: Path) -> None:
    try:
        subprocess.run(
            command,
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=PACKAGE_TOOL_SECONDS,
        )
    except FileNotFoundError as missing:
        raise SiteUnavailable(f"{site.site}: {command[0]} is not installed") from missing
    except subprocess.TimeoutExpired as slow:
        raise SiteUnavailable(f"{site.site}: {' '.join(command)} took too long") from slow
    except subprocess.CalledProcessError as failed:
        last = "; ".join(str(failed.stderr).strip().splitlines()[-3:])
        raise SiteUnavailable(f"{site.site}: {' '.join(command)} failed: {last}") from failed


def _verify(site: Site, packed: Path) -> None:
    with packed.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != site.sha256:
        raise SiteUnavailable(
            f"{packed.name} is not the file that was labelled: its sha256 is {found}, "
            f"not {site.sha256}; take the labelled version",
        )


def _unpack(packed: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    if packed.name.endswith(".deb"):
        subprocess.run(["dpkg-deb", "--extract", os.fspath(packed), os.fspath(folder)], check=True)
    elif packed.name.endswith(WHEEL_OR_ZIP):
        with zipfile.ZipFile(packed) as zipped:
            zipped.extractall(folder)
    else:
        with tarfile.open(packed) as tarred:
            tarred.extractall(folder, filter="data")
