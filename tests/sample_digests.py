"""Digests of a bicycle-maintenance site, for golden mails and for looking at them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from recommender.models import (
    PAST,
    Certificate,
    CheckOutcome,
    Decision,
    Demand,
    Effect,
    GateCheck,
    Kind,
    LedgerLine,
    Origin,
    Pattern,
    PatternName,
    Plan,
    QueryDemand,
    Reason,
    Recommendation,
    Region,
    Role,
    Status,
    TargetCase,
    Verdict,
    Window,
    recommendation_id,
)
from recommender.report.digest import Digest, compose
from tests.sample_coverage import FAULTY, WELL

SITE = "https://www.pedalworks.example/"
AT = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
WINDOW = Window(start=date(2026, 10, 22), end=date(2026, 11, 18))


def page(path: str) -> str:
    return SITE + path


def edit(
    *,
    kind: Kind = Kind.ADD,
    source: str,
    target: str,
    sentence: str,
    anchor: str,
    value: float = 1.0,
    source_title: str = "",
    target_title: str = "",
    old_anchor: str = "",
    reasons: tuple[Reason, ...] = (),
    status: Status = Status.PROPOSED,
    origin: Origin = Origin.LINKWRIGHT,
    block: int = 7,
    mailed_at: datetime | None = None,
    live_at: datetime | None = None,
    removed_at: datetime | None = None,
    live_anchor: str = "",
    brief: str = "",
) -> Recommendation:
    return Recommendation(
        id=recommendation_id(kind, source, target, anchor or old_anchor),
        kind=kind,
        source=source,
        target=target,
        anchor=anchor,
        sentence=sentence,
        anchor_start=max(0, sentence.find(anchor or old_anchor)),
        block=block,
        score=0.71,
        page_score=0.82,
        passage_score=0.68,
        anchor_score=0.77,
        value=value,
        old_anchor=old_anchor,
        source_title=source_title,
        target_title=target_title,
        reasons=reasons,
        status=status,
        origin=origin,
        created_at=AT,
        changed_at=AT,
        mailed_at=mailed_at,
        live_at=live_at,
        removed_at=removed_at,
        live_anchor=live_anchor,
        brief=brief,
    )


CHAIN = TargetCase(
    url=page("guides/chain-cleaning/"),
    title="How to clean and oil a bicycle chain",
    need=61.0,
    need_basis=(
        "18,420 impressions in 28 days at position 8.4; pages that stand a third higher get about "
        "61 more clicks for as many impressions (click rates of this property by position)."
    ),
    demand=Demand(
        window=WINDOW,
        impressions=18_420,
        clicks=207,
        position=8.4,
        queries=(
            QueryDemand(query="clean bike chain", impressions=6_310, clicks=74, position=8.1),
            QueryDemand(query="how to oil a chain", impressions=3_905, clicks=51, position=7.2),
            QueryDemand(query="bike chain degreaser", impressions=1_148, clicks=6, position=11.9),
        ),
    ),
    checks=(
        GateCheck(
            name="indexable",
            outcome=CheckOutcome.PASS,
            value=1.0,
            threshold=1.0,
            finding="answers 200, may be indexed, is its own canonical",
        ),
        GateCheck(
            name="intent",
            outcome=CheckOutcome.PASS,
            value=0.83,
            threshold=0.41,
            finding="title, heading and lead cover 83% of its impressions (site's P25: 41%)",
        ),
        GateCheck(
            name="depth",
            outcome=CheckOutcome.WARN,
            value=540.0,
            threshold=610.0,
            finding=(
                "540 words of text; four fifths of your 96 pages in the first ten have 610 or more."
            ),
            advice="Write more of what a reader comes for, or join it with a fuller page.",
        ),
        GateCheck(
            name="cannibal",
            outcome=CheckOutcome.UNKNOWN,
            value=None,
            threshold=None,
            finding="too few queries with two pages to tell",
        ),
        GateCheck(
            name="headroom",
            outcome=CheckOutcome.PASS,
            value=8.4,
            threshold=30.0,
            finding="position 8.4, within 4 to 30",
        ),
    ),
    ledger=(
        LedgerLine(
            source=page("guides/winter-riding/"),
            anchor="here",
            region=Region.CONTENT,
            crawled=True,
            generic=True,
            source_strength=0.74,
            anchor_quality=0.0,
            same_topic=True,
            decision=Decision.WEAK,
            because="the linked word “here” says nothing about the page",
            sentence="We wrote about cleaning the drivetrain here.",
            block=9,
        ),
        LedgerLine(
            source=page("blog/2019/open-day/"),
            anchor="our chain guide",
            region=Region.CONTENT,
            crawled=True,
            generic=False,
            source_strength=0.06,
            anchor_quality=0.52,
            same_topic=False,
            decision=Decision.WEAK,
            because="the source had no impressions in 28 days and is about another subject",
            sentence="Visitors tried the tools from our chain guide.",
            block=4,
        ),
        LedgerLine(
            source=page("guides/drivetrain-wear/"),
            anchor="clean the chain",
            region=Region.CONTENT,
            crawled=True,
            generic=False,
            source_strength=0.58,
            anchor_quality=0.79,
            same_topic=True,
            decision=Decision.SOUND,
            because="strong source, same topic, words that people search",
            sentence="Before you measure wear, clean the chain.",
            block=3,
        ),
    ),
    patterns=(
        Pattern(
            name=PatternName.SEMANTIC_MISMATCH,
            share=0.67,
            null=0.4,
            finding="2 of its 3 links in text use words that do not say what the page is about",
        ),
    ),
    template_links=214,
)

TUBELESS = TargetCase(
    url=page("guides/tubeless-conversion/"),
    title="Converting a wheel to tubeless",
    need=22.0,
    need_basis=(
        "Published 31 days ago and linked from the text of no page; the median of 6 pages on its "
        "subject has about 22 clicks in 28 days to gain, a third higher up."
    ),
    demand=Demand(
        window=WINDOW,
        impressions=2_116,
        clicks=19,
        position=14.7,
        queries=(
            QueryDemand(query="convert to tubeless", impressions=804, clicks=8, position=13.2),
            QueryDemand(query="tubeless rim tape", impressions=391, clicks=2, position=16.0),
        ),
    ),
    new=True,
)

BRAKES = TargetCase(
    url=page("guides/disc-brake-rub/"),
    title="Disc brake rub: find it and stop it",
    need=14.0,
    need_basis=(
        "5,377 impressions in 28 days at position 11.6; pages that stand a third higher get about "
        "14 more clicks for as many impressions (click rates of this property by position)."
    ),
    demand=Demand(
        window=WINDOW,
        impressions=5_377,
        clicks=38,
        position=11.6,
        queries=(
            QueryDemand(query="disc brake rubbing", impressions=2_950, clicks=22, position=11.1),
        ),
    ),
    ledger=(
        LedgerLine(
            source=page("guides/brake-bleed/"),
            anchor="read more",
            region=Region.CONTENT,
            crawled=True,
            generic=True,
            source_strength=0.66,
            anchor_quality=0.0,
            same_topic=True,
            decision=Decision.WEAK,
            because="generic words",
        ),
    ),
    template_links=1,
)

CHAIN_EDITS = (
    edit(
        source=page("guides/winter-riding/"),
        source_title="Riding through winter: a checklist for you and the bike",
        target=CHAIN.url,
        target_title=CHAIN.title,
        sentence=(
            "Road salt eats steel within days, so clean your bike chain after every wet ride and "
            "let it dry before it goes back into the cellar."
        ),
        anchor="clean your bike chain",
        value=3.1,
        reasons=(
            Reason(
                signal="relevance",
                value=0.91,
                weight=0.30,
                evidence="closest in subject of the 412 pages that do not link here yet",
            ),
            Reason(
                signal="anchor",
                value=0.88,
                weight=0.25,
                evidence="“clean bike chain” is its most frequent search (6,310 impressions)",
            ),
            Reason(
                signal="fit",
                value=0.74,
                weight=0.25,
                evidence="the sentence speaks of salt, wet rides and drying, as the target does",
            ),
            Reason(
                signal="strength",
                value=0.93,
                weight=0.10,
                evidence="9,802 impressions in 28 days, more than 93% of your pages",
            ),
        ),
    ),
    edit(
        source=page("guides/shifting-problems/"),
        source_title="Why your gears skip, and how to stop it",
        target=CHAIN.url,
        target_title=CHAIN.title,
        sentence=(
            "A dry chain skips under load; oil the chain first and only then touch the limit "
            "screws."
        ),
        anchor="oil the chain",
        value=2.4,
        reasons=(
            Reason(
                signal="query_overlap",
                value=0.62,
                weight=0.30,
                evidence="already found for “how to oil a chain” (118 impressions)",
            ),
            Reason(
                signal="anchor",
                value=0.81,
                weight=0.25,
                evidence="names the second half of the guide in the words people search",
            ),
        ),
    ),
)

TUBELESS_EDITS = (
    edit(
        source=page("guides/puncture-repair/"),
        source_title="Fixing a puncture on the road",
        target=TUBELESS.url,
        target_title=TUBELESS.title,
        sentence=(
            "If you patch more than two tubes a month, going tubeless pays for itself within a "
            "season."
        ),
        anchor="going tubeless",
        value=1.9,
        reasons=(
            Reason(
                signal="relevance",
                value=0.77,
                weight=0.30,
                evidence="same topic “tyres and tubes”; 3rd closest of 411 pages",
            ),
            Reason(
                signal="keyphraseness",
                value=0.7,
                weight=0.25,
                evidence="shortest phrase here that names the subject",
            ),
        ),
    ),
)

BRAKE_EDITS = (
    edit(
        kind=Kind.CHANGE_ANCHOR,
        source=page("guides/brake-bleed/"),
        source_title="Bleeding hydraulic disc brakes",
        target=BRAKES.url,
        target_title=BRAKES.title,
        sentence="If the rotor still drags, a rubbing disc brake has other causes: read more.",
        anchor="rubbing disc brake",
        old_anchor="read more",
        value=1.2,
        reasons=(
            Reason(
                signal="anchor",
                value=0.9,
                weight=0.25,
                evidence="covers 55% of the page's impressions; “read more” covers none",
            ),
        ),
    ),
    edit(
        kind=Kind.REMOVE,
        source=page("blog/2018/spring-sale/"),
        source_title="Spring sale 2018",
        target=BRAKES.url,
        target_title=BRAKES.title,
        sentence="Everything must go: saddles, grips, brakes and more.",
        anchor="",
        old_anchor="brakes",
        value=0.2,
        reasons=(
            Reason(
                signal="dilution",
                value=0.05,
                weight=0.1,
                evidence="one of 96 links in 240 words, on a page without impressions since 2023",
            ),
        ),
    ),
)

WINTER = TargetCase(
    url=page("guides/winter-storage/"),
    title="Storing a bicycle over winter",
    need=14.0,
    need_basis="14 more clicks in 28 days would come at two thirds of its position.",
    demand=Demand(
        window=WINDOW,
        impressions=1_630,
        clicks=11,
        position=12.8,
        queries=(
            QueryDemand(query="store bike in winter", impressions=612, clicks=4, position=12.1),
            QueryDemand(query="bike in cold garage", impressions=405, clicks=3, position=13.0),
        ),
    ),
)

WINTER_EDITS = (
    edit(
        kind=Kind.ADD_SENTENCE,
        source=page("guides/washing/"),
        source_title="Washing a bicycle without a hose",
        target=WINTER.url,
        target_title=WINTER.title,
        sentence="Dry it with an old towel before it goes back into the cold shed.",
        anchor="",
        brief=(
            "Say when a reader of this paragraph needs “Storing a bicycle over winter”, and link "
            "words that name it: “store bike in winter” or “bike in cold garage”, or close to it."
        ),
        value=0.8,
        reasons=(
            Reason(
                signal="strength",
                value=0.9,
                weight=0.1,
                evidence="it earned 9,870 impressions in 28 days",
            ),
            Reason(
                signal="passage",
                value=0.31,
                weight=1.0,
                evidence=(
                    "this paragraph is close to what the page opens with, and none of the pages "
                    "that may link it has words that name it well enough"
                ),
            ),
        ),
    ),
)

PRESSURE = TargetCase(
    url=page("guides/tyre-pressure/"),
    title="Tyre pressure chart",
    need=35.0,
    need_basis="11,008 impressions in 28 days at position 9.9.",
    demand=Demand(
        window=WINDOW,
        impressions=11_008,
        clicks=96,
        position=9.9,
        queries=(
            QueryDemand(query="bike tyre pressure", impressions=7_002, clicks=60, position=9.4),
        ),
    ),
    checks=(
        GateCheck(
            name="cannibal",
            outcome=CheckOutcome.FAIL,
            value=0.58,
            threshold=0.5,
            finding=(
                f"{SITE}tools/pressure-calculator/ has 58% of your 12,071 impressions for its "
                "first query, “bike tyre pressure”."
            ),
            advice=(
                f"Merge it with {SITE}tools/pressure-calculator/, or let each of them answer "
                "another question."
            ),
        ),
    ),
)

LIVE = (
    edit(
        source=page("guides/bottom-bracket-creak/"),
        source_title="Tracking down a creaking bottom bracket",
        target=page("guides/torque-values/"),
        target_title="Torque values for every bolt on a bicycle",
        sentence="Tighten the cups to the torque values in the table.",
        anchor="torque values",
        status=Status.LIVE,
        mailed_at=datetime(2026, 11, 9, 7, 0, tzinfo=UTC),
        live_at=datetime(2026, 11, 17, 5, 30, tzinfo=UTC),
        live_anchor="torque values in the table",
    ),
    edit(
        source=page("guides/wheel-truing/"),
        source_title="Truing a wheel at home",
        target=page("guides/spoke-tension/"),
        target_title="Measuring spoke tension by ear and by gauge",
        sentence="Even spoke tension matters more than a perfect rim.",
        anchor="spoke tension",
        status=Status.LIVE,
        origin=Origin.EDITOR,
        live_at=datetime(2026, 11, 18, 5, 30, tzinfo=UTC),
    ),
)

GONE = (
    edit(
        source=page("guides/touring-setup/"),
        source_title="Setting up a bicycle for touring",
        target=page("guides/pannier-racks/"),
        target_title="Choosing a pannier rack",
        sentence="A pannier rack carries what your back should not.",
        anchor="pannier rack",
        status=Status.REMOVED,
        live_at=datetime(2026, 10, 1, 5, 30, tzinfo=UTC),
        removed_at=datetime(2026, 11, 19, 5, 30, tzinfo=UTC),
    ),
)

OPEN = (
    edit(
        source=page("guides/buying-used/"),
        source_title="Buying a used bicycle without regret",
        target=page("guides/frame-cracks/"),
        target_title="Finding cracks in a frame",
        sentence="Look for frame cracks under the bottle cage first.",
        anchor="frame cracks",
        status=Status.MAILED,
        mailed_at=datetime(2026, 11, 16, 7, 0, tzinfo=UTC),
    ),
)


REMINDED = (
    edit(
        source=page("guides/winter-storage/"),
        source_title="Storing a bicycle over the winter",
        target=page("guides/tyre-cracks/"),
        target_title="Cracks in a tyre: when to worry",
        sentence="Hang it up, or small tyre cracks will be deep ones by spring.",
        anchor="tyre cracks",
        status=Status.MAILED,
        mailed_at=datetime(2026, 11, 2, 7, 0, tzinfo=UTC),
    ),
    edit(
        source=page("guides/second-hand/"),
        source_title="Second-hand parts that are worth it",
        target=page("guides/frame-cracks/"),
        target_title="Finding cracks in a frame",
        sentence="Nobody should buy a frame without checking a frame for cracks.",
        anchor="checking a frame for cracks",
        status=Status.ACCEPTED,
        mailed_at=datetime(2026, 10, 20, 7, 0, tzinfo=UTC),
    ),
)

LEFT = edit(
    source=page("guides/lights/"),
    source_title="Lights for the dark months",
    target=page("guides/dynamo/"),
    target_title="Hub dynamos",
    sentence="A hub dynamo never runs flat.",
    anchor="hub dynamo",
    status=Status.EXPIRED,
    mailed_at=datetime(2026, 11, 9, 7, 0, tzinfo=UTC),
)

RETURNED = Reason(
    signal=PAST, value=0.0, weight=0.0, evidence="you said not now on 20 September 2026"
)


def effect(
    path: str,
    verdict: Verdict,
    *,
    role: Role = Role.TARGET,
    pages: int = 1,
    day: int = 28,
    numbers: tuple[float, float, float] | None = None,
    detectable: float | None = None,
    why: str = "",
) -> Effect:
    change, low, high = numbers or (None, None, None)
    return Effect(
        batch="2026-W42",
        page=page(path) if path else "",
        role=role,
        metric="impressions",
        pages=pages,
        reading_day=day,
        clock_start=date(2026, 10, 18),
        window=None,
        verdict=verdict,
        change=change,
        low=low,
        high=high,
        donors=74 if numbers else 0,
        false_alarm_rate=0.06,
        detectable=detectable,
        why=why,
        measured_at=AT,
    )


EFFECTS = (
    effect("guides/frame-cracks/", Verdict.EARLY, day=10, numbers=(0.09, -0.21, 0.40)),
    effect("guides/saddle-height/", Verdict.UP, numbers=(0.27, 0.09, 0.46)),
    effect(
        "guides/headset-play/",
        Verdict.NO_CLEAR_CHANGE,
        numbers=(0.26, 0.03, 0.49),
        why="clear by itself, not among the 7 readings of its week",
    ),
    effect(
        "guides/coaster-brakes/",
        Verdict.NOT_ENOUGH_DATA,
        detectable=0.62,
        why="1.4 impressions a day before the link, at least 3 are needed",
    ),
    effect("", Verdict.UP, pages=9, numbers=(0.14, 0.03, 0.25)),
    effect(
        "guides/bike-fit/",
        Verdict.NO_CLEAR_CHANGE,
        role=Role.SOURCE,
        numbers=(0.02, -0.08, 0.12),
    ),
)

CERTIFICATE = Certificate(
    primal=8.8,
    dual=8.8,
    gap=0.0,
    feasible=True,
    chosen=5,
    considered=1_284,
    pagerank_predicted=0.52,
    pagerank_realised=0.49,
    slot_prices={page("guides/winter-riding/"): 0.8, page("guides/puncture-repair/"): 0.0},
)


CAPPED = (
    "2 of 28 days reached Search Console's limit of 50,000 rows: pages with impressions and no "
    "clicks may be missing on them."
)


def rich() -> Digest:
    return compose(
        property_name="pedalworks",
        site=SITE,
        period="2026-W47",
        as_of=date(2026, 11, 21),
        window=WINDOW,
        plans=(
            Plan(case=BRAKES, recommendations=BRAKE_EDITS),
            Plan(case=CHAIN, recommendations=CHAIN_EDITS),
            Plan(
                case=TUBELESS,
                recommendations=tuple(
                    replace(one, reasons=(*one.reasons, RETURNED)) for one in TUBELESS_EDITS
                ),
            ),
            Plan(case=WINTER, recommendations=WINTER_EDITS),
        ),
        pages=412,
        crawled_at=AT,
        fix_first=(PRESSURE,),
        live=LIVE,
        removed=GONE,
        effects=EFFECTS,
        reminders=REMINDED,
        open_edits=OPEN,
        left={LEFT: "its sentence is gone"},
        parked=GONE,
        last_look="9 edits held against the pages as they are now.",
        waiting=7,
        certificate=CERTIFICATE,
        notes=(CAPPED,),
        titles={
            page("guides/saddle-height/"): "Saddle height: three ways to find yours",
            page("guides/headset-play/"): "Play in the headset",
            page("guides/coaster-brakes/"): "Servicing a coaster brake",
            page("guides/bike-fit/"): "Bike fit at home",
        },
        places={CHAIN_EDITS[0].id: "paragraph 2 under “After the ride”"},
        coverage=FAULTY,
    )


def no_search_data() -> Digest:
    case = TargetCase(
        url=TUBELESS.url,
        title=TUBELESS.title,
        need=1.0,
        need_basis=(
            "Demand is unknown (no search data); its text of 1,204 words is linked from the text "
            "of no page, where pages on its subject have 3."
        ),
        demand=None,
    )
    return compose(
        property_name="pedalworks",
        site=SITE,
        period="2026-W47",
        as_of=date(2026, 11, 21),
        window=None,
        plans=(Plan(case=case, recommendations=TUBELESS_EDITS),),
        pages=200,
        crawled_at=AT,
        notes=("The crawl ended at its limit of 200 pages: the rest of the site was not read.",),
    )


def empty() -> Digest:
    return compose(
        property_name="pedalworks",
        site=SITE,
        period="2026-W47",
        as_of=date(2026, 11, 21),
        window=WINDOW,
        plans=(),
        pages=412,
        crawled_at=AT,
        coverage=WELL,
    )


SAMPLES = {"rich": rich, "no-search-data": no_search_data, "empty": empty}
