"""Files that are there whole or not at all: Parquet of a declared frame, and small JSON notes.

A fact is never edited, and a reader sees the whole file or none, also after a kill or a power cut
(:mod:`recommender.store.places`).
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recommender.errors import StoreError
from recommender.frames import Column, FrameSpec, checked
from recommender.store.places import contents, published, source_of, unreadable

FORMAT = 1
"""Version of the layout of ledgers and manifests; raised when an older reader would misread it."""

_ARROW: Mapping[Column, pa.DataType] = {
    Column.TEXT: pa.string(),
    Column.TEXT_MAYBE: pa.string(),
    Column.INT: pa.int64(),
    Column.FLOAT: pa.float64(),
    Column.FLOAT_MAYBE: pa.float64(),
    Column.SHARE: pa.float64(),
    Column.SHARE_MAYBE: pa.float64(),
    Column.BOOL: pa.bool_(),
    Column.DAY: pa.date32(),
    Column.INSTANT: pa.timestamp("ns", "UTC"),
    Column.INSTANT_MAYBE: pa.timestamp("ns", "UTC"),
}

_VERSION = re.compile(r"\d{8}T\d{12}Z")


def version_at(instant: datetime) -> str:
    """Return the version that was read at ``instant``; versions sort as their instants do."""
    return aware(instant).astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")


def aware(instant: datetime) -> datetime:
    """Return ``instant`` if it says its zone; raise ValueError where it does not."""
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no time zone; stores take aware instants")
    return instant


def newest_version(names: Iterable[str], suffix: str, as_of: datetime | None) -> str | None:
    """Return the newest version among ``names`` known at ``as_of`` (None: now), None without."""
    return max(known_versions(names, suffix, as_of), default=None)


def known_versions(names: Iterable[str], suffix: str, as_of: datetime | None) -> list[str]:
    """Return all versions among ``names`` known at ``as_of`` (None: now), oldest first.

    Only whole names count: temporary files and foreign ones are passed over.
    """
    stems = (name.removesuffix(suffix) for name in names if name.endswith(suffix))
    limit = None if as_of is None else version_at(as_of)
    return sorted(s for s in stems if _VERSION.fullmatch(s) and (limit is None or s <= limit))


def write_frame(path: Path, frame: pd.DataFrame, spec: FrameSpec) -> None:
    """Make ``path`` the Parquet file of ``frame``, which must be what ``spec`` declares.

    Raises FrameError, and StoreError where the file cannot be written.
    """
    with frame_writer(path, spec) as add:
        add(frame)


@contextlib.contextmanager
def frame_writer(path: Path, spec: FrameSpec) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Yield what adds a frame of ``spec``, each a row group; ``path`` is made when all are in.

    Dictionary pages and zstd: the URLs and paths of a crawl repeat by the hundred.
    Raises FrameError, and StoreError where the file cannot be written.
    """
    columns = [(name, _ARROW[kind]) for name, kind in spec.columns.items()]
    schema = pa.schema(columns, metadata={"frame": spec.name})
    with published(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:

        def add(frame: pd.DataFrame) -> None:
            writer.write_table(_table(checked(frame, spec), schema, spec, path))

        yield add


def _table(frame: pd.DataFrame, schema: pa.Schema, spec: FrameSpec, path: Path) -> pa.Table:
    try:
        table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False, nthreads=1)
    except (pa.ArrowException, UnicodeError) as error:
        raise StoreError(
            f"{spec.name} cannot be kept as Parquet: {error}",
            subject=str(path),
            hint="a value is not of the column's type, or a text is not valid Unicode",
        ) from error
    return table.replace_schema_metadata(schema.metadata)


def read_frame(path: Path, spec: FrameSpec) -> pd.DataFrame:
    """Return the frame of one Parquet file, checked against ``spec``.

    Text that is never missing is read as Parquet keeps it, by dictionary, so that equal strings are
    one object (390,000 links: peak 320 MB instead of 460). What Arrow held is given back.
    Raises StoreError naming the file where it is missing, half-written or of another layout.
    """
    texts = [name for name, kind in spec.columns.items() if kind is Column.TEXT]
    try:
        source = source_of(path)
        stored = pq.read_schema(source).names
        if stored != list(spec.columns):
            raise StoreError(
                f"{path} holds {', '.join(stored)}, not the columns of {spec.name}",
                subject=str(path),
                hint="another version of Linkwright wrote it: update this one",
            )
        with pq.ParquetFile(source, read_dictionary=texts) as file:
            table = file.read()
        frame = table.to_pandas(date_as_object=False, split_blocks=True, self_destruct=True)
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path, error) from error
    del table
    coerced = spec.coerced(frame)
    pa.default_memory_pool().release_unused()
    return coerced


def row_groups(path: Path, columns: Sequence[str], spec: FrameSpec) -> Iterator[pd.DataFrame]:
    """Yield some columns of a frame's file, one row group at a time; texts as categories.

    Raises StoreError naming the file where it is missing or half-written.
    """
    texts = [name for name in columns if spec.columns[name] is Column.TEXT]
    try:
        with pq.ParquetFile(source_of(path), read_dictionary=texts) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=list(columns)).to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path, error) from error


def check_parquet(path: Path) -> None:
    """Raise StoreError naming ``path`` if any of it cannot be read.

    Cost: reads the whole file; meant for finding the culprit after a failed read of many.
    """
    try:
        with pq.ParquetFile(source_of(path)) as file:
            file.read()
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path, error) from error


def write_note(path: Path, note: Mapping[str, object]) -> None:
    """Make ``path`` a JSON file of ``note``: the mark that what stands beside it is whole."""
    text = json.dumps({"format": FORMAT, **note}, ensure_ascii=False, indent=1)
    with published(path) as file:
        file.write(text.encode())


def read_note(path: Path) -> dict[str, object]:
    """Return the JSON object of ``path``.

    Raises StoreError naming the file where it is unreadable or of a newer format.
    """
    return read_notes([path])[0]


def read_notes(paths: Sequence[Path]) -> list[dict[str, object]]:
    """Return the JSON object of each of ``paths``. Raises StoreError as :func:`read_note` does."""
    return [_note(path, text) for path, text in zip(paths, contents(paths), strict=True)]


def _note(path: Path, text: bytes) -> dict[str, object]:
    try:
        note = json.loads(text)
    except ValueError as error:
        raise unreadable(path, error) from error
    if not isinstance(note, dict) or note.get("format") != FORMAT:
        raise StoreError(
            f"{path} is not of format {FORMAT}",
            subject=str(path),
            hint="a newer version of Linkwright wrote it: update this one",
        )
    return note
