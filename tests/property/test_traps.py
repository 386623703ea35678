"""Endless sites are cut, large sites are not."""

import itertools
import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ingest import traps
from recommender.ingest.traps import TrapWatch

SITE = "https://www.example.com"
TODAY = date(2026, 3, 15)


def refused(paths: Iterable[str]) -> list[str]:
    watch = TrapWatch(today=TODAY)
    return [path for path in paths if watch.refuses(SITE + path)]


def reasons(paths: Iterable[str]) -> list[str]:
    watch = TrapWatch(today=TODAY)
    return [why for path in paths if (why := watch.refuses(SITE + path))]


def hexadecimal(seed: int, length: int = 32) -> str:
    return f"{random.Random(seed).getrandbits(4 * length):0{length}x}"


# --- One address --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/a/b/a/b/a/b", "its path repeats /a/b"),
        ("/x/a/b/c/a/b/c/a/b/c/y", "its path repeats /a/b/c"),
        ("/a/a/a/a", "its path repeats /a"),
        ("/en/a/en/b/en/c/en/d/en/e", "its path repeats /en"),
        ("/" + "/".join(f"p{part}" for part in range(31)), "a path of more than 30 parts"),
        ("/a?" + "&".join(f"f[]={value}" for value in range(31)), "more than 30 parameters"),
        ("/a?back=%2525252Fa", "escaped over and over"),
        ("/" + "a" * 2_048, "longer than 2,048 characters"),
    ],
)
def test_an_address_may_give_itself_away(path: str, why: str) -> None:
    assert TrapWatch().refuses(SITE + path) == why


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/a/b/a/b",
        "/a/a/a",
        "/docs/1/1/1/1/1/1/1",
        "/2011/11/11/11",
        "/docs/api/org/example/project/core/util/map/impl/node/Tree.Entry.html",
        "/manual/en/part/book/chapter/section/sub/sub2/sub3/sub4/sub5/sub6/index.html",
        "/a?back=%252Fa",
        "/search?" + "&".join(f"f[]={value}" for value in range(20)),
        "/" + "a" * 1_900,
        "/%E3%83%84/caf%C3%A9",
        "/a//b///c",
        "/?",
        "/a?=&&b",
    ],
)
def test_an_odd_address_may_be_a_page(path: str) -> None:
    assert TrapWatch().refuses(SITE + path) == ""


# --- Sessions -----------------------------------------------------------------------------------

SESSIONS = [
    "/page-{page};jsessionid={value}",
    "/page-{page};jsessionid={value}?a=1",
    "/page-{page}?PHPSESSID={value}",
    "/page-{page}?a=1&sid={value}&b=2",
    "/page-{page}?s={value}",
    "/page-{page}?session_id={value}",
    "/(S({value}))/page-{page}",
    "/page-{page}?CFID={value}&CFTOKEN={value}",
]


@pytest.mark.parametrize("shape", SESSIONS)
def test_a_page_is_met_once_whatever_its_session(shape: str) -> None:
    met = [
        shape.format(page=page, value=hexadecimal(visit))
        for visit in range(20)
        for page in range(20)
    ]
    assert refused(met) == met[20:]


def test_the_reason_names_the_session() -> None:
    met = [f"/a;jsessionid={hexadecimal(visit)}" for visit in range(2)]
    assert reasons(met) == ["a session id (jsessionid) of a page met before"]
    assert reasons(["/a?PHPSESSID=o3f5a2", "/a?PHPSESSID=o3f5a3"]) == [
        "a session id (PHPSESSID) of a page met before"
    ]


def test_a_session_of_any_name_is_known_by_spanning_the_site() -> None:
    pages = [f"/page-{page}?a=1" for page in range(80)]
    met = [f"{page}&tok={hexadecimal(visit)}" for visit in range(10) for page in pages]
    assert refused(met) == met[2 * 80 + 50 :]
    assert set(reasons(met)) == {"tok is another for a page met before"}


@pytest.mark.parametrize(
    "shape",
    [
        "/thread?id={value}",
        "/board-{board}/thread?id={value}",
        "/thread/{value}/",
        "/talk?session_id={number}",
        "/station?sid={number}",
        "/view?id={value}&page=2",
    ],
)
def test_a_key_that_looks_drawn_by_lot_names_pages(shape: str) -> None:
    met = (
        shape.format(value=hexadecimal(page, 24), number=100_000 + page, board=page % 60)
        for page in range(5_000)
    )
    assert refused(met) == []


def test_a_key_may_stand_on_the_tabs_of_its_project() -> None:
    projects = [hexadecimal(project, 24) for project in range(300)]
    assert refused(f"/tab-{tab}?project={key}" for key in projects for tab in range(20)) == []


# --- Calendars ----------------------------------------------------------------------------------

CALENDARS = [
    "/events/{0:%Y}/{0:%m}/",
    "/events/{0:%Y}/{0:%m}/{0:%d}/",
    "/events/{0:%m}/{0:%Y}",
    "/events/?month={0:%Y-%m}",
    "/events/?year={0:%Y}&month={0.month}",
    "/events/{0:%Y%m%d}",
    "/events?date={0:%d}%2F{0:%m}%2F{0:%Y}",
    "/events?year={0:%Y}&month={0.month}&day={0.day}",
]


def months(first: int, last: int) -> Iterator[date]:
    """Give the first days of months, from today's on, walked outwards."""
    for away in sorted(range(first, last + 1), key=abs):
        month = 12 * TODAY.year + TODAY.month - 1 + away
        yield date(month // 12, month % 12 + 1, 1)


@pytest.mark.parametrize("shape", CALENDARS)
def test_a_calendar_ends_two_years_ahead_and_ten_years_back(shape: str) -> None:
    met = [shape.format(month) for month in months(-500, 500)]
    kept = [shape.format(month) for month in months(-120, 24)]
    assert refused(met) == [path for path in met if path not in kept]
    assert set(reasons(met)) == {
        "a calendar's page more than 2 years ahead",
        "a calendar's page more than 10 years back",
    }


@pytest.mark.parametrize("shape", CALENDARS)
def test_an_archive_goes_back_as_far_as_it_likes(shape: str) -> None:
    assert refused(shape.format(month) for month in months(-170 * 12, 0)) == []


def test_without_today_no_calendar_is_told() -> None:
    watch = TrapWatch()
    assert not any(watch.refuses(f"{SITE}/events/{month:%Y/%m}/") for month in months(-500, 500))


def test_numbers_that_look_like_months_are_not() -> None:
    topics = [(topic, page) for topic in range(2_990, 0, -1) for page in range(1, 4)]
    assert refused(f"/topic/{topic}/{page}" for topic, page in topics) == []
    assert refused(f"/topic/{topic}/{page}" for topic, page in reversed(topics)) == []


# --- Facets -------------------------------------------------------------------------------------


def facets(names: str = "color size sort view brand") -> list[str]:
    choices = [["", *(f"{name}={value}" for value in range(5))] for name in names.split()]
    met = ["&".join(filter(None, chosen)) for chosen in itertools.product(*choices)]
    random.Random(1).shuffle(met)
    return [f"/shop?{query}" for query in met]


def test_facets_are_cut_after_a_thousand_combinations() -> None:
    met = facets()
    cut = refused(met)
    assert len(met) > 7_000
    assert len(met) - len(cut) < 1.2 * traps.COMBINATIONS
    assert reasons(["/shop?color=1&size=2", *met, "/shop?color=x&size=y"])[-1] == (
        "one of 1,000 and more combinations of color, size on /shop"
    )


def test_a_facet_alone_is_not_cut_nor_is_another_path() -> None:
    watch = TrapWatch()
    assert [path for path in facets() if watch.refuses(SITE + path)]
    assert not watch.refuses(SITE + "/shop?color=9")
    assert not watch.refuses(SITE + "/shop")
    assert not watch.refuses(SITE + "/shop?page=2&color=9")
    assert not watch.refuses(SITE + "/other?color=1&size=2&sort=3")
    assert not watch.refuses("https://blog.example.com/shop?color=1&size=2&sort=3")


def test_parameters_in_any_order_are_cut() -> None:
    pairs = [f"{name}={name}" for name in "abcdefg"]
    met = ["/a?" + "&".join(order) for order in itertools.permutations(pairs)]
    met += [f"/a?{'&'.join(some)}" for some in itertools.permutations(pairs[:6], 4)]
    many = [f"/a?{'&'.join(some)}" for some in itertools.permutations(pairs, 5)]
    assert refused(many + met)


def test_many_combinations_of_three_parameters_are_cut_even_if_all_are_always_there() -> None:
    met = [f"/a?x={x}&y={y}&z={z}" for x in range(30) for y in range(30) for z in range(30)]
    assert len(met) - len(refused(met)) == traps.MANY_COMBINATIONS - 1


# --- Large sites --------------------------------------------------------------------------------


def articles() -> Iterator[str]:
    for number in range(40_000):
        yield f"/articles/{hexadecimal(number, 8)}-a-title-of-{number % 7}-words/"


def permalinks() -> Iterator[str]:
    for number in range(0, 10_000, 4):
        day = date(1999, 1, 1) + timedelta(days=number)
        yield f"/{day:%Y/%m/%d}/title-{number % 31}/"
        yield f"/{day:%Y/%m/%d}/"
        yield f"/{day:%Y/%m}/"
        yield f"/news/{day:%Y/%m/%d}/{number}"


def archives() -> Iterator[str]:
    for topic in range(5):
        for page in range(1, 501):
            yield f"/category/topic-{topic}/page/{page}/"
            yield f"/list?cat={topic}&page={page}"
            yield f"/list?cat={topic}&order=new&start={page * 20}"


def manual() -> Iterator[str]:
    for version, book, part, page in itertools.product(range(3), range(10), range(10), range(10)):
        yield f"/docs/{version}.{version}/en/book-{book}/part-{part}/a/b/c/d/e/page-{page}.html"


def forum() -> Iterator[str]:
    for number in range(1, 40_001):
        yield f"/?id={number}"


def old_forum() -> Iterator[str]:
    for number in range(1, 2_001):
        for start in range(0, 20 * (number % 9), 20):
            yield f"/viewtopic.php?f={number % 40}&t={number}&start={start}"
        yield f"/viewtopic.php?f={number % 40}&t={number}&view=print"
        yield f"/viewtopic.php?p={7 * number}"


def old_cms() -> Iterator[str]:
    extra = ["lang=en", "tmpl=a", "print=1", "limit=0", "start=5", "layout=b"]
    for number in range(10_000):
        chosen = "&".join(name for bit, name in enumerate(extra) if number >> bit & 1)
        head = f"option=content&view=article&id={number}&catid={number % 30}&Itemid={number % 90}"
        yield f"/index.php?{head}&{chosen}"


def newspaper() -> Iterator[str]:
    for number in range(20 * 365):
        day = date(2006, 3, 1) + timedelta(days=number)
        yield f"/issue?year={day.year}&month={day.month}&day={day.day}"


@pytest.mark.parametrize(
    "site",
    [articles, permalinks, archives, manual, forum, old_forum, old_cms, newspaper],
)
def test_a_large_site_is_never_cut(site: object) -> None:
    assert callable(site)
    met = list(site())
    assert refused(met) == []
    random.Random(7).shuffle(met)
    assert refused(met) == []


# --- Bounds -------------------------------------------------------------------------------------


def test_what_is_kept_is_bounded_and_nothing_is_refused_for_want_of_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(traps, "MOST_FACTS", 1_000)
    assert refused([*old_cms()][:5_000]) == []
    assert refused([*archives()][:5_000]) == []
    watch = TrapWatch(today=TODAY)
    for visit in range(100):
        for page in range(100):
            watch.refuses(f"{SITE}/{page}-{visit}/a?tok={hexadecimal(visit)}&b={page}&c=1")
            watch.refuses(f"{SITE}/{page}/{visit}/a?n{page}={hexadecimal(visit)}")
    kept = [watch._sessions, watch._random, watch._dated, watch._combined]
    assert sum(map(len, kept)) <= 1_000


@settings(max_examples=200)
@given(st.lists(st.text(max_size=60), max_size=10))
def test_no_address_raises(paths: list[str]) -> None:
    watch = TrapWatch(today=TODAY)
    for path in paths:
        assert isinstance(watch.refuses(f"{SITE}/{path}"), str)


@settings(max_examples=50)
@given(
    st.lists(
        st.from_regex(r"(/[a-z0-9-]{1,12}){1,4}/?(\?[a-z]{1,3}=[a-z0-9]{1,6})?", fullmatch=True),
        unique=True,
        max_size=30,
    )
)
def test_few_plain_addresses_are_never_refused(paths: list[str]) -> None:
    plain = [path for path in paths if "/".join(path.split("/")[1:2] * 3) not in path]
    assert refused(plain) == []
