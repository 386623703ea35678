"""A standalone Spark cluster on this machine: a master and two workers, on loopback alone."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

PATIENCE_S = 60.0
WORKERS = 2
DEFAULTS = {
    "spark.driver.memory": "700m",
    "spark.executor.memory": "700m",
    "spark.sql.shuffle.partitions": "4",  # the default of 200 is for more than two cores
}
_MASTER = "org.apache.spark.deploy.master.Master"
_WORKER = "org.apache.spark.deploy.worker.Worker"

# PySpark leaves its sockets to the garbage collector.
in_spark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.spark,
    pytest.mark.skipif(
        importlib.util.find_spec("pyspark") is None, reason="the extra `spark` is not installed"
    ),
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java on the PATH"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running cluster, and what a process that uses it needs in its environment."""

    master: str
    settings: Mapping[str, str]


@contextlib.contextmanager
def standalone(folder: Path) -> Iterator[Cluster]:
    """Run a cluster whose files go into ``folder``.

    Each worker has one core and 1 GB; the processes end with the context, each by its own number.
    """
    defaults = "".join(f"{name} {value}\n" for name, value in DEFAULTS.items())
    (folder / "spark-defaults.conf").write_text(defaults, encoding="utf-8")
    settings = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_CONF_DIR": str(folder)}
    environment = {
        **os.environ,
        **settings,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_LOCAL_DIRS": str(folder / "local"),
    }
    with contextlib.ExitStack() as stack:
        log = folder / "master.log"
        listening = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        stack.enter_context(_process((_MASTER, *listening), log, environment))
        master = _awaited(log, r"Starting Spark master at (spark://\S+)")
        for number in range(WORKERS):
            size = ("--cores", "1", "--memory", "1g", "--work-dir", str(folder / f"work-{number}"))
            log = folder / f"worker-{number}.log"
            stack.enter_context(_process((_WORKER, *listening, *size, master), log, environment))
            _awaited(log, r"Successfully (registered) with master")
        yield Cluster(master=master, settings=settings)


@contextlib.contextmanager
def _process(
    arguments: tuple[str, ...], log: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    home = Path(importlib.util.find_spec("pyspark").submodule_search_locations[0])  # type: ignore[union-attr, index]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [home / "bin" / "spark-class", *arguments],
            env={**environment, "SPARK_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _awaited(log: Path, pattern: str) -> str:
    """Return what the log says once it says it."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = re.search(pattern, log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found[1]
        time.sleep(0.1)
    raise TimeoutError(f"{log.name} does not say {pattern}:\n{log.read_text()[-2000:]}")
