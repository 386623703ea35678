"""Who answers questions to the facts: DuckDB in this process, or a Spark cluster.

An engine makes the files that count into a table of the stored frame's name and yields Ibis's
backend over it; the question is the same expression on either (:mod:`recommender.store.totals`).
DuckDB, Ibis and Spark are imported with the first question: a crawl does without their 70 MB.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from recommender.errors import ConfigError, StoreError
from recommender.frames import FrameSpec
from recommender.store.files import check_parquet
from recommender.store.places import file_system, is_remote

if TYPE_CHECKING:
    from ibis.backends import BaseBackend
    from pyspark.sql import SparkSession

_SESSION: Mapping[str, str] = {
    "spark.app.name": "linkwright",
    "spark.log.level": "ERROR",
    "spark.sql.ansi.enabled": "true",  # a sum that overflows is an error, never a wrong number
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_ON_THIS_MACHINE: Mapping[str, str] = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


class Engine(Protocol):
    """Who answers questions to the facts."""

    def over(self, files: Sequence[Path], stored: FrameSpec) -> AbstractContextManager[BaseBackend]:
        """Return a context with a backend whose table of the frame's name holds ``files``.

        Leaving it raises StoreError in place of the engine's own error; where one of the files
        cannot be read, it names that file.
        """
        ...

    def close(self) -> None:
        """Give back what the engine holds."""
        ...


@dataclass(frozen=True, slots=True)
class DuckDb:
    """DuckDB in memory, a connection a question, on all cores."""

    @contextlib.contextmanager
    def over(self, files: Sequence[Path], stored: FrameSpec) -> Iterator[BaseBackend]:
        """Yield a backend whose table of the frame's name holds ``files``.

        The view is made by DuckDB and described by our spec: `ibis.read_parquet` asks DuckDB for
        the columns through a method that DuckDB 2 no longer has (Ibis 12).
        """
        import duckdb  # noqa: PLC0415 - see above
        import ibis  # noqa: PLC0415

        try:
            with duckdb.connect() as connection:
                if is_remote(files[0]):
                    connection.register_filesystem(file_system(files[0]))
                view = connection.read_parquet([str(path) for path in files])
                view.create_view(stored.name.lower())
                yield ibis.duckdb.from_connection(connection)
        except duckdb.Error as error:
            raise _unanswered(
                files,
                stored,
                str(error),
                hint="another version of Linkwright may have written them",
            ) from error

    def close(self) -> None:
        """Do nothing: each connection ends with its question."""


@dataclass(slots=True)
class Spark:
    """Spark at ``master``; the session begins with the first question and lasts until ``close``.

    Raises ConfigError where PySpark or Java is missing. What the cluster has to give (memory,
    cores, packages for an object store) is said in ``spark-defaults.conf``, as for any Spark job.
    """

    master: str = "local[*]"
    _session: SparkSession | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Look for what Spark needs before anything long begins."""
        if _java() is None:
            raise ConfigError(
                "engine is spark, but no Java is found on the PATH or at JAVA_HOME",
                subject="engine",
                hint="install Java 17 (on Debian or Ubuntu: apt install openjdk-17-jre-headless), "
                "or set engine to duckdb",
            )
        if importlib.util.find_spec("pyspark") is None:
            raise ConfigError(
                "engine is spark, but PySpark is not installed",
                subject="engine",
                hint="pip install 'linkwright[spark]', or set engine to duckdb",
            )

    @contextlib.contextmanager
    def over(self, files: Sequence[Path], stored: FrameSpec) -> Iterator[BaseBackend]:
        """Yield a backend whose table of the frame's name holds ``files``."""
        import ibis  # noqa: PLC0415 - see above
        from py4j.protocol import Py4JError  # noqa: PLC0415
        from pyspark.errors import PySparkException  # noqa: PLC0415

        try:
            session = self._begun()
            view = session.read.parquet(*map(_address, files))
            view.createOrReplaceTempView(stored.name.lower())
            yield ibis.pyspark.connect(session)
        except (PySparkException, Py4JError) as error:
            raise _unanswered(
                files,
                stored,
                f"Spark at {self.master} says: {_said(error)}",
                hint=f"is {self.master} running, and does each worker see the data folder?",
            ) from error

    def close(self) -> None:
        """End the session, if one has begun; the cluster goes on."""
        if self._session is not None:
            self._session.stop()
            self._session = None

    def _begun(self) -> SparkSession:
        if self._session is None:
            from pyspark.sql import SparkSession  # noqa: PLC0415 - see above

            local = self.master.startswith("local")
            settings = {**_SESSION, **(_ON_THIS_MACHINE if local else {})}
            builder = SparkSession.builder.master(self.master).config(map=settings)
            self._session = builder.getOrCreate()
        return self._session


def _address(path: Path) -> str:
    """Return where Spark finds a file; Hadoop calls S3 s3a."""
    if not is_remote(path):
        return f"file://{path.absolute()}"
    return re.sub("^s3://", "s3a://", str(path))


def _java() -> str | None:
    """Return the Java that Spark will start, None where there is none."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home, "bin"))) if home else shutil.which("java")


def _said(error: Exception) -> str:
    """Return what a Spark error says without the stack of the machine that it happened on."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith("at ")]
    return " ".join(told)[:400] or type(error).__name__


def _unanswered(files: Sequence[Path], stored: FrameSpec, reason: str, *, hint: str) -> StoreError:
    """Return the error for files that no answer came from; raises that of a file in its place."""
    for path in files:
        check_parquet(path)
    folder = str(files[0].parent.parent)
    return StoreError(
        f"the {stored.name} files of {folder} cannot be read: {reason}", subject=folder, hint=hint
    )
