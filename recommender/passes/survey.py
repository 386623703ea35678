"""Survey: every target held against the rules at once, for one list of all that is wrong."""

from __future__ import annotations

import numpy as np

from recommender.candidates.targets import find_targets, kept_out
from recommender.candidates.thresholds import FEWEST_LINKS
from recommender.passes.choose import judged
from recommender.passes.site import Site
from recommender.passes.study import Study
from recommender.report.coverage import coverage
from recommender.report.faults import SiteFaults, site_faults


def survey(site: Site, known: Study) -> SiteFaults:
    """Return what is wrong with a site. Cost: a gate and a diagnosis for each target."""
    reading = known.reading
    return site_faults(
        as_of=site.today,
        cases=[judged(known, case) for case in find_targets(known.targets)],
        crowded=_crowded(known),
        kept_out=kept_out(known.targets),
        coverage=coverage(reading.snapshot, reading.identity, examples=None),
        titles=dict(zip(reading.corpus.pages, reading.corpus.titles, strict=True)),
    )


def _crowded(known: Study) -> dict[str, str]:
    """Return the pages whose text is crowded with links by the site's own habit, densest first."""
    signals, fence = known.reading.signals, known.links.thresholds.density_fence
    dense = signals[
        known.reading.corpus.indexable
        & (signals["density"].to_numpy(np.float64) > fence)
        & (signals["content_outlinks"].to_numpy(np.int64) >= FEWEST_LINKS)
    ].sort_values("density", ascending=False, kind="stable")
    return {
        page: f"{links} links in its text, {density:.1f} per 100 words; "
        f"more than {fence:.1f} is far out on this site"
        for page, links, density in zip(
            dense["page"], dense["content_outlinks"], dense["density"], strict=True
        )
    }
