"""All that is wrong with a site by our rules: as text, as JSON."""

from __future__ import annotations

from jobs.output import plain, print_json
from jobs.request import Request
from jobs.wiring import asked_of_each
from recommender import pipeline
from recommender.report.faults import faults_text


def show(request: Request, *, as_json: bool) -> None:
    """Print the list of each property. Raises NoData without a crawl."""
    found = asked_of_each(request, pipeline.faults)
    if as_json:
        print_json([{"property": name, "faults": plain(one)} for name, one in found.items()])
        return
    for name, faults in found.items():
        print(f"{name}: {faults_text(faults)}", end="")
