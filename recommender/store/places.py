"""Folders that facts lie in: on a disk, or at an address that fsspec knows, as s3://bucket/prefix.

Both are walked as :class:`pathlib.Path`; an address by UPath, which has the same methods. What
differs is here: a disk's file is written under a temporary name, brought to disk and renamed; an
object is put once and whole. Nothing counts before the ledger or manifest that is written last.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import pyarrow as pa

from recommender.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem
    from upath import UPath


def folder_at(url: str) -> Path:
    """Return the folder at ``url``, with pathlib's methods; listings are never kept.

    Raises ConfigError where what the address needs is not installed.
    """
    scheme = url.partition("://")[0]
    if scheme in ("file", "local"):
        raise ConfigError(
            f"{url} is a folder of this machine", subject=url, hint="set data_dir in its place"
        )
    if importlib.util.find_spec("upath") is None:
        raise _missing(scheme, "universal-pathlib")
    from upath import UPath  # noqa: PLC0415 - only who keeps facts at an address needs it

    try:
        made = UPath(url, use_listings_cache=False)
        _ = made.fs
    except (ImportError, ValueError) as error:
        raise _missing(scheme, str(error)) from error
    return cast("Path", made)


def is_remote(path: object) -> bool:
    """Tell whether ``path`` is at an address and not on a disk."""
    return not isinstance(path, Path)


def file_system(path: Path) -> AbstractFileSystem:
    """Return fsspec's file system of a path at an address."""
    return cast("UPath", path).fs


def key_of(path: Path) -> str:
    """Return the name by which the file system knows a path at an address."""
    return str(cast("UPath", path).path)


def refusals() -> tuple[type[Exception], ...]:
    """Return what disks and services raise where they refuse; botocore's own is no OSError."""
    botocore = sys.modules.get("botocore.exceptions")
    return (OSError, pa.ArrowException, *((botocore.BotoCoreError,) if botocore else ()))


# --- Reading ----------------------------------------------------------------------------------


def exists(path: Path) -> bool:
    """Tell whether there is such a file. Raises StoreError."""
    with _readable(path):
        return bool(file_system(path).exists(key_of(path))) if is_remote(path) else path.exists()


def names_in(folder: Path) -> list[str]:
    """Return the names in ``folder``, none where it is not. Raises StoreError."""
    with _readable(folder):
        try:
            if is_remote(folder):
                found = file_system(folder).ls(key_of(folder), detail=False)
                return [str(name).rstrip("/").rpartition("/")[2] for name in found]
            return os.listdir(folder)  # noqa: PTH208 - names are all we need, one system call
        except FileNotFoundError:
            return []


def lister(folder: Path) -> Callable[[str], list[str]]:
    """Return what gives the names in a folder of ``folder``; an address is asked once for all."""
    if not is_remote(folder):
        return lambda name: names_in(folder / name)
    names = defaultdict[str, list[str]](list)
    for path in file_sizes(folder):
        home, _, name = path.rpartition("/")
        names[home].append(name)
    return lambda name: names[name]


def contents(paths: Sequence[Path]) -> list[bytes]:
    """Return what the files hold, read side by side where they are far. Raises StoreError."""
    if paths and is_remote(paths[0]):
        with _readable(paths[0].parent):
            found = file_system(paths[0]).cat([key_of(path) for path in paths], on_error="return")
        return [_unless_failed(path, found[key_of(path)]) for path in paths]
    read = list[bytes]()
    for path in paths:
        with _readable(path):
            read.append(path.read_bytes())
    return read


def source_of(path: Path) -> object:
    """Return what pyarrow reads ``path`` from: the file itself, or an object's bytes."""
    return pa.BufferReader(contents([path])[0]) if is_remote(path) else path


def state_of(path: Path) -> tuple[str, int, str]:
    """Return name, bytes and age of a file: another state means other content."""
    with _readable(path):
        if is_remote(path):
            told = file_system(path).info(key_of(path))
            age = next(
                (told[k] for k in ("ETag", "etag", "mtime", "LastModified") if k in told), ""
            )
            return path.name, int(told["size"]), str(age)
        stat = path.stat()
        return path.name, stat.st_size, str(stat.st_mtime_ns)


def file_sizes(folder: Path) -> dict[str, int]:
    """Return the bytes of each file under ``folder`` by its path in there; none where it is not."""
    with _readable(folder):
        if is_remote(folder):
            home = key_of(folder).rstrip("/") + "/"
            try:
                found = file_system(folder).find(home, detail=True)
            except FileNotFoundError:
                return {}
            return {str(key).removeprefix(home): int(told["size"]) for key, told in found.items()}
        sizes = dict[str, int]()
        for home, _, names in os.walk(folder):
            for name in names:
                path = Path(home, name)
                with contextlib.suppress(FileNotFoundError):  # written or pruned at this moment
                    sizes[path.relative_to(folder).as_posix()] = path.stat().st_size
        return sizes


# --- Writing ----------------------------------------------------------------------------------


@contextlib.contextmanager
def published(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that is there as ``path`` once the context ends well, else nowhere.

    Raises StoreError where the disk or the service refuses.
    """
    try:
        with _put(path) if is_remote(path) else _renamed(path) as file:
            yield file
    except refusals() as error:
        raise StoreError(
            f"{path} cannot be written: {error}",
            subject=str(path),
            hint="check address, credentials and permissions of facts_url"
            if is_remote(path)
            else "check free space and permissions of the data folder",
        ) from error


def remove_files(folder: Path, names: Iterable[str]) -> None:
    """Remove files of ``folder`` in order, and the folders that are empty then.

    Raises StoreError where the disk or the service refuses.
    """
    for name in names:
        path = folder / name
        try:
            if is_remote(path):
                file_system(path).rm_file(key_of(path))
                continue
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # it holds something else
                path.parent.rmdir()
        except refusals() as error:
            raise StoreError(
                f"{path} cannot be removed: {error}",
                subject=str(path),
                hint="check the permissions of the data folder",
            ) from error


@contextlib.contextmanager
def _renamed(path: Path) -> Iterator[BinaryIO]:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    _make_folder(path.parent)
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)


@contextlib.contextmanager
def _put(path: Path) -> Iterator[BinaryIO]:
    with tempfile.NamedTemporaryFile() as file:
        yield cast("BinaryIO", file)
        file.flush()
        file_system(path).put_file(file.name, key_of(path))


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Bring the folder's names to disk; without it a power cut may undo a rename."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- Errors -----------------------------------------------------------------------------------


def unreadable(path: Path, error: Exception) -> StoreError:
    """Return what to say of a file that cannot be read, and how to do without it."""
    return StoreError(
        f"{path} cannot be read: {error}",
        subject=str(path),
        hint=f"restore it from a backup, or {_without(path)}",
    )


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise unreadable(path, error) from error
    except refusals() as error:
        if not is_remote(path):
            raise unreadable(path, error) from error
        raise StoreError(
            f"{path} cannot be read: {error}",
            subject=str(path),
            hint="check address, credentials and permissions of facts_url, and the network",
        ) from error


def _unless_failed(path: Path, content: bytes | Exception) -> bytes:
    with _readable(path):
        if isinstance(content, Exception):
            raise content
    return content


def _without(path: Path) -> str:
    """Return how to do without a file that cannot be read."""
    folder = path.parent
    table, facts = folder.parent.name, folder.parent.parent
    if path.suffix == ".parquet" and table in ("page_search", "query_search"):
        ledger = facts / "search_days" / folder.name / f"{path.stem}.json"
        return f"remove {ledger}: the next pull reads the day again"
    if table == "crawls":
        return f"remove {folder}: the crawl before it counts then, and the next one mends it"
    return "remove it: an older version or a new read replaces it"


def _missing(scheme: str, what: str) -> ConfigError:
    return ConfigError(
        f"facts_url starts with {scheme}://, for which something is not installed: {what}",
        subject="facts_url",
        hint="for S3: pip install 'linkwright[s3]'; for others, fsspec's package of that name",
    )
