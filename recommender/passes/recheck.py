"""The last look: every edit about to be sent is held against its pages as they are now.

The pages are visited through the crawler, as carefully as in any crawl, and stored as a visit of
its own: what that shows is noticed as after every crawl (:mod:`recommender.passes.adoption`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from recommender.config import CrawlSource
from recommender.errors import ConfigError, CrawlError, NotNow
from recommender.models import Certificate, Recommendation, Status, Visited
from recommender.passes import adoption
from recommender.passes.choose import Choice
from recommender.passes.life import Turn, mailed_in, told_past, turns
from recommender.passes.site import Site
from recommender.report.words import counted

ROUNDS = 3  # looks: each may find edits gone, and others in their place are to be looked at too


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLook:
    """What the last look found: ``said`` of it in the mail, as a fault where it is none.

    ``kept_back`` are the edits that came too late to be looked at; ``certificate`` is that of the
    choice made anew, if one was made.
    """

    said: str = ""
    fault: bool = False
    kept_back: frozenset[str] = frozenset()
    left: tuple[Recommendation, ...] = ()
    certificate: Certificate | None = None
    chosen_anew: bool = False


def last_look(site: Site, period: str, choose_again: Callable[[], Choice]) -> LastLook:
    """Hold what the digest of ``period`` is about to send against fresh pages.

    What has become impossible, or stands on the page by now, leaves the list, and others take its
    place. A site that cannot be asked keeps no mail back: the mail says that it could not be.
    """
    if site.config.crawl.source is not CrawlSource.SITE or not about_to_send(site, period):
        return LastLook()
    with site.narrator.stage("last look") as stage:
        found = _looks(site, period, choose_again)
        stage.say(found.said or "nothing to look at")
    return found


def about_to_send(site: Site, period: str) -> list[Recommendation]:
    """Return the edits that the digest of ``period`` shows in full: new ones, and reminders."""
    due = turns(site, period)
    sent = {Status.PROPOSED, Status.MAILED, Status.ACCEPTED}
    return [
        r
        for r in site.decisions.recommendations(sent)
        if r.status is Status.PROPOSED or due.get(r.id) is Turn.REMIND or mailed_in(site, r, period)
    ]


def _looks(site: Site, period: str, choose_again: Callable[[], Choice]) -> LastLook:
    seen: set[str] = set()
    silent: set[str] = set()
    found = LastLook()
    for _ in range(ROUNDS):
        sending = about_to_send(site, period)
        pages = {url for r in sending for url in (r.source, r.target)} - seen
        if not pages:
            break
        try:
            changed, unanswered = _look(site, pages)
        except (CrawlError, NotNow, ConfigError) as error:  # a secret header may be missing
            return replace(found, said=_not_made(error.message), fault=True)
        seen |= pages
        silent |= unanswered
        ids = {r.id for r in sending}
        lost = [r for r in changed if r.id in ids]
        found = replace(found, left=(*found.left, *lost))
        if any(r.id in ids and r.mailed_at is None for r in lost):
            found = replace(found, certificate=choose_again().certificate, chosen_anew=True)
    late = [r for r in about_to_send(site, period) if not {r.source, r.target} <= seen]
    found = replace(found, kept_back=frozenset(r.id for r in late))
    said = _made(len(about_to_send(site, period)) - len(late), found.left, len(silent))
    return replace(found, said=said, fault=bool(silent))


def _look(site: Site, pages: set[str]) -> tuple[list[Recommendation], set[str]]:
    """Visit ``pages``; return what became of edits, and the pages that did not answer."""
    before = adoption.known_before(site)
    visiting = site.crawler.crawl(
        [], earlier=site.facts.earlier_crawl(), watched=pages, only_watched=True
    )
    with visiting as visit:
        site.facts.write_crawl(visit)
    known = visit.known[visit.known["url"].isin(pages)]
    answered = known.loc[known["outcome"] == Visited.FETCHED.value, "url"]
    forbidden = known.loc[known["outcome"] == Visited.FORBIDDEN.value, "url"]
    return adoption.adopt(site, before), pages - {*answered, *forbidden}


def _not_made(why: str) -> str:
    return (
        f"The pages below could not be looked at right before this mail ({why}): "
        "they are shown as the last crawl found them."
    )


def _made(looked_at: int, left: tuple[Recommendation, ...], silent: int) -> str:
    said = f"{counted(looked_at, 'edit')} held against the pages as they are now"
    gone = [r for r in left if r.status is Status.EXPIRED]
    if gone:
        causes = "; ".join(dict.fromkeys(told_past(r) for r in gone))
        said += f", {len(gone)} left out ({causes})"
    if live := len(left) - len(gone):
        said += f", {live} found written"
    if silent:
        said += f"; {counted(silent, 'page')} did not answer, shown as last seen"
    return said + "."
