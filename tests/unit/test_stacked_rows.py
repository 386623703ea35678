"""The rows of a crawl's parts are stacked as they were, in little memory."""

from __future__ import annotations

import os
import subprocess
import sys

import pandas as pd

from recommender.frames import LINK_EVIDENCE, checked
from recommender.ingest.assemble import _stacked


def _links(source: str, targets: list[str], block: int) -> pd.DataFrame:
    rows = {
        "source": source,
        "ordinal": range(len(targets)),
        "target": targets,
        "anchor": "",
        "css_path": "body>a",
        "block": block,
        "mark": "",
    }
    return LINK_EVIDENCE.coerced(pd.DataFrame(rows))


def test_rows_keep_their_values_and_order_where_parts_have_other_categories() -> None:
    parts = [_links("/b", ["/x", "/y"], -1), _links("/a", ["/z", "/y", "/a"], 7)]

    stacked = checked(_stacked(iter(parts), LINK_EVIDENCE), LINK_EVIDENCE)

    expected = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    assert stacked.astype(object).to_dict("list") == expected.to_dict("list")


def test_no_rows_are_a_frame_without_rows() -> None:
    assert checked(_stacked(iter(()), LINK_EVIDENCE), LINK_EVIDENCE).empty


def test_arrow_uses_the_allocator_that_gives_memory_back() -> None:
    asking = "import recommender, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    environment = {name: said for name, said in os.environ.items() if not name.startswith("ARROW_")}
    command = [sys.executable, "-c", asking]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "system"
