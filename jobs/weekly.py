"""The weekly digest as a job: ``python -m jobs.weekly --config config.yaml``."""

from __future__ import annotations

import sys
from dataclasses import replace

from jobs.config_file import smtp_password
from jobs.output import print_json
from jobs.request import Request
from jobs.runs import Done, run_each
from jobs.wiring import configured
from recommender import pipeline
from recommender.config import SmtpConfig
from recommender.models import DeliveryState
from recommender.passes.mail import Sent
from recommender.passes.site import Site
from recommender.report.words import counted


def run(request: Request, *, as_json: bool = False) -> None:
    """Send this week's digest of each property; raises Partial where a reader did not get it."""
    sent: list[Sent] = []
    smtp = configured(request)[0].smtp

    def work(site: Site) -> Done:
        digest = send(site, smtp)
        sent.append(digest)
        return Done(summary_of(digest), missing=missing_of(digest))

    try:
        run_each(replace(request, from_store=True), "weekly", work)
    finally:
        if as_json:
            print_json(sent)


def send(site: Site, smtp: SmtpConfig) -> Sent:
    """Send the week's digest; a missing password is told before anything is marked as mailed."""
    if smtp.host and site.config.digest.recipients:
        smtp_password(smtp)
    return pipeline.weekly(site)


def summary_of(digest: Sent) -> str:
    """Return what became of a digest, for the line that sums a run up."""
    if digest.delivered:
        return f"digest {digest.period} delivered to {counted(len(digest.delivered), 'reader')}"
    return f"digest {digest.period}: nothing left to deliver"


def missing_of(digest: Sent) -> str:
    """Return who does not have the digest, and what becomes of it, "" where everybody has it."""
    lines = []
    for delivery in digest.failed:
        if delivery.state is DeliveryState.SENDING:
            lines.append(
                f"{delivery.recipient} may or may not have the digest of {digest.period}: the "
                "server did not say; it is not sent again"
            )
        elif delivery.state is DeliveryState.REFUSED:
            lines.append(f"{delivery.recipient} was refused for good: {delivery.error}")
        else:
            lines.append(f"{delivery.recipient} is tried again next run: {delivery.error}")
    return "\n".join(lines)


if __name__ == "__main__":
    from jobs.cli import main

    main([*sys.argv[1:], "weekly"])
