"""Google's robots.txt specification, rule by rule; where we read otherwise, a test says so."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ingest.robots import LARGEST_BYTES, LONGEST_DELAY_S, Robots, product_token

HOST = "https://www.example.com"
AGENT = "Linkwright/0.1 (+internal link recommendations)"


def read(text: str) -> Robots:
    return Robots.read(200, text.encode())


def allowed(text: str, path: str, agent: str = AGENT) -> bool:
    return read(text).allows(HOST + path, agent)


def for_all(*rules: str) -> str:
    return "User-agent: *\n" + "\n".join(rules)


# --- What the server answered -------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 206])
def test_a_success_is_read(status: int) -> None:
    robots = Robots.read(status, b"User-agent: *\nDisallow: /a")
    assert not robots.allows(HOST + "/a", AGENT)
    assert robots.allows(HOST + "/b", AGENT)
    assert not robots.unreachable


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 403, 404, 410, 418, 451])
def test_no_robots_txt_allows_everything_whatever_the_error_page_says(status: int) -> None:
    robots = Robots.read(status, b"User-agent: *\nDisallow: /\nCrawl-delay: 9\nSitemap: http://x/")
    assert robots == Robots()
    assert robots.allows(HOST + "/a", AGENT)
    assert robots.crawl_delay(AGENT) is None
    assert robots.sitemaps == ()
    assert not robots.unreachable


@pytest.mark.parametrize("status", [None, 429, 500, 502, 503, 504, 599, 0, 999])
def test_a_server_that_cannot_say_forbids_everything_for_now(status: int | None) -> None:
    robots = Robots.read(status, b"User-agent: *\nAllow: /")
    assert robots.unreachable
    assert not robots.allows(HOST + "/", AGENT)
    assert robots.crawl_delay(AGENT) is None


def test_an_empty_answer_allows_everything() -> None:
    assert Robots.read(204, b"") == Robots.read(200, b" \r\n\t") == Robots()


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html>\n<p>\nUser-agent: *\nDisallow: /\nSitemap: https://www.example.com/s",
        "\n <html><body><pre>\nUser-agent: *\nDisallow: /\n</pre>",
        "\ufeff<?xml version='1.0'?>\nUser-agent: *\nDisallow: /",
    ],
)
def test_a_page_in_place_of_robots_txt_says_nothing(page: str) -> None:
    assert read(page) == Robots()


def test_what_stands_behind_500_kib_is_ignored() -> None:
    head = b"User-agent: *\nDisallow: /a\n"
    filler = b"# " + b"x" * (LARGEST_BYTES - len(head) - 3) + b"\n"
    assert len(head + filler) == LARGEST_BYTES
    robots = Robots.read(200, head + filler + b"Disallow: /b\n")
    assert not robots.allows(HOST + "/a", AGENT)
    assert robots.allows(HOST + "/b", AGENT)


def test_a_line_cut_by_the_limit_is_ignored_for_half_a_rule_is_another_rule() -> None:
    head = b"User-agent: *\nDisallow: /a\n"
    half = b"Disallow: /"
    filler = b"#" * (LARGEST_BYTES - len(head) - len(half) - 1) + b"\n"
    robots = Robots.read(200, head + filler + half + b"drafts\n")
    assert robots.allows(HOST + "/b", AGENT)
    assert not robots.allows(HOST + "/a", AGENT)


def test_a_limit_without_any_line_leaves_nothing() -> None:
    assert Robots.read(200, b"x" * (LARGEST_BYTES + 1)) == Robots()


# --- Bytes and lines ----------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n\r\n"])
def test_lines_end_as_on_any_machine(end: str) -> None:
    text = end.join(["User-agent: *", "Disallow: /a", "Disallow: /b"])
    assert not allowed(text, "/a")
    assert not allowed(text, "/b")
    assert allowed(text, "/c")


@pytest.mark.parametrize("odd", ["\v", "\f", "\x1c", "\x85", "\u2028"])
def test_no_other_character_ends_a_line(odd: str) -> None:
    assert allowed(for_all(f"Disallow: /a{odd}Disallow: /b"), "/b")


@pytest.mark.parametrize(
    "body",
    [
        codecs.BOM_UTF8 + for_all("Disallow: /a").encode(),
        for_all("Disallow: /a").encode("utf-16"),
    ],
)
def test_a_byte_order_mark_is_no_part_of_the_first_line(body: bytes) -> None:
    assert not Robots.read(200, body).allows(HOST + "/a", AGENT)


def test_a_line_that_is_not_utf8_matches_its_bytes_and_spoils_nothing() -> None:
    body = for_all("Disallow: /caf\u00e9", "Disallow: /b").encode("latin-1")
    robots = Robots.read(200, body)
    assert robots.allows(HOST + "/caf%C3%A9", AGENT)
    assert not robots.allows(HOST + "/caf%E9", AGENT)
    assert not robots.allows(HOST + "/b", AGENT)


@pytest.mark.parametrize(
    "line",
    [
        "disallow:/a",
        "DISALLOW:   /a   ",
        "\t Disallow\t:\t/a",
        "Disallow: /a # but /b is fine",
        "Disallow: /a#b",
        "Disallow /a",
        "Dissallow: /a",
    ],
)
def test_a_rule_is_known_by_its_name_in_any_dress(line: str) -> None:
    assert not allowed(for_all(line), "/a")
    assert allowed(for_all(line), "/c")


@pytest.mark.parametrize(
    "line", ["# Disallow: /a", "Noindex: /a", "Disallowed: /a", "/a", ":", "Disallow", "X: /a"]
)
def test_a_comment_or_an_unknown_line_is_ignored(line: str) -> None:
    assert allowed(for_all(line), "/a")
    assert not allowed(for_all(line, "Disallow: /b"), "/b")


def test_a_rule_before_any_agent_is_ignored() -> None:
    assert allowed("Disallow: /a\nUser-agent: *\nDisallow: /b", "/a")


# --- Groups -------------------------------------------------------------------------------------


def test_a_group_of_ours_counts_and_none_beside_it() -> None:
    text = "User-agent: *\nDisallow: /a\n\nUser-agent: Linkwright\nDisallow: /b"
    assert allowed(text, "/a")
    assert not allowed(text, "/b")
    assert not allowed(text, "/a", "Other/1.0")
    assert allowed(text, "/b", "Other/1.0")


def test_the_order_of_the_groups_does_not_matter() -> None:
    text = "User-agent: Linkwright\nDisallow: /b\n\nUser-agent: *\nDisallow: /a"
    assert allowed(text, "/a")
    assert not allowed(text, "/b")


def test_without_a_group_of_ours_or_of_everyone_all_is_allowed() -> None:
    assert allowed("User-agent: Other\nDisallow: /", "/a")


def test_groups_of_one_agent_are_one_group() -> None:
    text = "User-agent: linkwright\nDisallow: /a\nUser-agent: *\nDisallow: /b\n"
    text += "User-agent: LINKWRIGHT\nDisallow: /c"
    assert not allowed(text, "/a")
    assert allowed(text, "/b")
    assert not allowed(text, "/c")
    assert not allowed("User-agent: *\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/a")


def test_several_agents_share_the_group_that_follows_them() -> None:
    text = "User-agent: other\nUser-agent: linkwright\nDisallow: /a\n\nUser-agent: third\nAllow: /"
    assert not allowed(text, "/a")
    assert not allowed(text, "/a", "Other")
    assert allowed(text, "/a", "Third")


def test_an_empty_line_ends_no_group() -> None:
    assert not allowed("User-agent: *\n\n\nDisallow: /a\n\nDisallow: /b", "/b")


@pytest.mark.parametrize(
    "between", ["Sitemap: https://www.example.com/s.xml", "Crawl-delay: 5", "Noindex: /x", "# x"]
)
def test_no_other_line_parts_the_agents_of_a_group(between: str) -> None:
    text = f"User-agent: linkwright\n{between}\nUser-agent: other\nDisallow: /a"
    assert not allowed(text, "/a")
    assert not allowed(text, "/a", "Other")


def test_a_group_of_ours_without_rules_allows_everything() -> None:
    assert allowed("User-agent: *\nDisallow: /\n\nUser-agent: Linkwright\n", "/a")
    assert allowed("User-agent: *\nDisallow: /\n\nUser-agent: Linkwright\nDisallow:\n", "/a")


@pytest.mark.parametrize(
    "name",
    [
        "Linkwright",
        "LINKWRIGHT",
        "linkwright/2.0",
        "Linkwright Bot",
        "Linkwright # ours",
        "linkwright*",
        " linkwright ",
    ],
)
def test_a_group_is_ours_by_its_product_token_alone(name: str) -> None:
    assert not allowed(f"User-agent: {name}\nDisallow: /a", "/a")


@pytest.mark.parametrize(
    "name", ["link", "wright", "linkwright-news", "recommendations", "internal", "0.1", "l*", ""]
)
def test_a_group_of_another_name_is_not_ours_however_alike(name: str) -> None:
    assert allowed(f"User-agent: {name}\nDisallow: /a", "/a")


@pytest.mark.parametrize("name", ["*", " * ", "* all robots", "*\t# everyone"])
def test_a_star_names_everyone(name: str) -> None:
    assert not allowed(f"User-agent: {name}\nDisallow: /a", "/a")


@pytest.mark.parametrize("line", ["user-agent : *", "USER-AGENT:*", "useragent: *", "User agent *"])
def test_an_agent_line_is_known_in_any_dress(line: str) -> None:
    assert not allowed(f"{line}\nDisallow: /a", "/a")


@pytest.mark.parametrize(
    ("agent", "token"),
    [
        (AGENT, "Linkwright"),
        ("linkwright", "linkwright"),
        ("Mozilla/5.0 (compatible; Linkwright/0.1; +https://example.com)", "Linkwright"),
        ("My-Own_Bot 2", "My-Own_Bot"),
        ("2fast", ""),
    ],
)
def test_a_header_names_its_product(agent: str, token: str) -> None:
    assert product_token(agent) == token


def test_a_sender_without_a_product_is_everyone() -> None:
    assert not allowed("User-agent: *\nDisallow: /a", "/a", "2fast")
    assert allowed("User-agent: linkwright\nDisallow: /a", "/a", "2fast")


# --- Paths --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "matching", "others"),
    [
        ("/", ["/", "/a", "/?q"], []),
        ("/*", ["/", "/a"], []),
        ("/$", ["/"], ["/a", "/?q"]),
        ("/fish", ["/fish", "/fish.html", "/fish/a", "/fishheads", "/fish?id=1"], ["/Fish", "/a"]),
        ("/fish*", ["/fish", "/fish.html", "/fishheads/a"], ["/Fish.html", "/catfish"]),
        ("/fish/", ["/fish/", "/fish/?id=1", "/fish/a"], ["/fish", "/fish.html", "/a/fish/"]),
        ("/*.php", ["/a.php", "/a/b.php?c", "/a.php/", "/.php5"], ["/", "/a.PHP"]),
        ("/*.php$", ["/a.php", "/a/b.php"], ["/a.php?c", "/a.php/", "/a.php5"]),
        ("/fish*.php", ["/fish.php", "/fishheads/a.php?c"], ["/Fish.PHP", "/a/fish.php"]),
        ("*.gif", ["/a.gif"], ["/a.png"]),
        ("/a**b", ["/ab", "/axb"], ["/a"]),
        ("/a$b", ["/a$b"], ["/a", "/ab"]),
        ("/*?", ["/a?", "/a?b=1"], ["/a"]),
        ("/*?*sort=", ["/a?sort=1", "/a?b=1&sort="], ["/a?b=1", "/sort=1"]),
        ("/a?b=1", ["/a?b=1", "/a?b=12"], ["/a", "/a?c=1&b=1"]),
        ("a", [], ["/a", "/"]),
        ("https://www.example.com/a", [], ["/a"]),
        ("/a b", ["/a%20b", "/a b"], ["/a", "/ab"]),
        ("/a;b", ["/a;b/c"], ["/a"]),
    ],
)
def test_a_path_matches_from_its_beginning(
    rule: str, matching: list[str], others: list[str]
) -> None:
    text = for_all(f"Disallow: {rule}")
    assert [path for path in matching if allowed(text, path)] == []
    assert [path for path in others if not allowed(text, path)] == []


def test_an_address_without_a_path_is_the_root() -> None:
    assert not allowed(for_all("Disallow: /"), "")


def test_a_fragment_is_no_part_of_the_path() -> None:
    assert allowed(for_all("Disallow: /*part"), "/a#part")


@pytest.mark.parametrize("rule", ["Disallow:", "Disallow: ", "Disallow: # nothing", "Allow:"])
def test_a_rule_without_a_path_is_ignored(rule: str) -> None:
    assert allowed(for_all(rule), "/a")
    assert not allowed(for_all(rule, "Disallow: /a"), "/a")


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/caf\u00e9", "/caf%C3%A9"),
        ("/caf%C3%A9", "/caf%c3%a9"),
        ("/caf%c3%a9", "/caf\u00e9"),
        ("/%7Ejoe", "/~joe"),
        ("/~joe", "/%7ejoe"),
        ("/a%2fb", "/a%2Fb"),
        ("/%61", "/a"),
    ],
)
def test_an_escape_means_its_character_in_either_case(rule: str, path: str) -> None:
    assert not allowed(for_all(f"Disallow: {rule}"), path)


@pytest.mark.parametrize(("rule", "path"), [("/a%2Fb", "/a/b"), ("/a/b", "/a%2fb")])
def test_an_escaped_slash_is_no_slash(rule: str, path: str) -> None:
    assert allowed(for_all(f"Disallow: {rule}"), path)


def test_an_escaped_star_is_a_star_and_no_wildcard() -> None:
    assert allowed(for_all("Disallow: /a%2Ac"), "/abc")
    assert not allowed(for_all("Disallow: /a%2Ac"), "/a*c")


def test_an_escaped_dollar_is_a_dollar_and_no_end() -> None:
    assert not allowed(for_all("Disallow: /a%24"), "/a$b")
    assert allowed(for_all("Disallow: /a%24"), "/a")


# --- Precedence ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("allow", "disallow", "path", "may"),
    [
        ("/p", "/", "/page", True),
        ("/folder", "/folder", "/folder/page", True),
        ("/page", "/*.htm", "/page.htm", False),
        ("/page", "/*.ph", "/page.php5", True),
        ("/$", "/", "/", True),
        ("/$", "/", "/page.htm", False),
        ("/a/b", "/a", "/a/c", False),
        ("/a", "/a/b", "/a/b", False),
        ("/*", "/a", "/a", True),
    ],
)
def test_the_longest_rule_wins_and_allow_wins_a_tie(
    allow: str, disallow: str, path: str, *, may: bool
) -> None:
    rules = [f"Allow: {allow}", f"Disallow: {disallow}"]
    assert allowed(for_all(*rules), path) is may
    assert allowed(for_all(*reversed(rules)), path) is may


def test_robots_txt_itself_may_always_be_asked_for() -> None:
    assert allowed(for_all("Disallow: /"), "/robots.txt")


# --- Sitemaps -----------------------------------------------------------------------------------


def test_sitemaps_stand_anywhere_and_belong_to_no_group() -> None:
    text = (
        "Sitemap: https://www.example.com/1.xml\nUser-agent: other\nDisallow: /\n"
        "SITEMAP:https://cdn.example.net/2.xml # two\nsite-map: http://www.example.com/a b.xml\n"
        "Sitemap: /relative.xml\nSitemap:\nSitemap: ftp://www.example.com/3.xml"
    )
    assert read(text).sitemaps == (
        "https://www.example.com/1.xml",
        "https://cdn.example.net/2.xml",
        "http://www.example.com/a%20b.xml",
    )
    assert read(text).allows(HOST + "/a", AGENT)


# --- Delays -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "delay_s"),
    [
        ("Crawl-delay: 2", 2),
        ("crawl-delay: 0.5 # slowly", 0.5),
        ("Crawl-delay: 0", 0),
        ("Request-rate: 1/5", 5),
        ("Request-rate: 30/1m", 2),
        ("Request-rate: 1/10 0600-0845", 10),
        ("Crawl-delay: 2\nRequest-rate: 1/5", 5),
        ("Crawl-delay: 86400", LONGEST_DELAY_S),
        ("Request-rate: 1/1d", LONGEST_DELAY_S),
        ("Disallow: /a", None),
        ("Crawl-delay: soon", None),
        ("Crawl-delay: -1", None),
        ("Crawl-delay: nan", None),
        ("Crawl-delay: inf", None),
        ("Request-rate: 0/0", None),
        ("Request-rate: often", None),
    ],
)
def test_a_site_may_ask_for_slowness_within_reason(lines: str, delay_s: float | None) -> None:
    assert read(for_all(lines)).crawl_delay(AGENT) == delay_s


def test_a_delay_belongs_to_its_group() -> None:
    text = "User-agent: *\nCrawl-delay: 9\n\nUser-agent: linkwright\nCrawl-delay: 3\nDisallow: /a"
    assert read(text).crawl_delay(AGENT) == 3
    assert read(text).crawl_delay("Other/1") == 9
    assert read("User-agent: other\nCrawl-delay: 9").crawl_delay(AGENT) is None


# --- Where protego reads otherwise --------------------------------------------------------------


def test_a_reserved_character_matches_its_escape_unlike_in_the_standard() -> None:
    assert not allowed(for_all("Disallow: /a%3Fb"), "/a?b")
    assert not allowed(for_all("Disallow: /a?b"), "/a%3Fb")


def test_a_final_dollar_is_also_read_as_a_character_unlike_in_the_standard() -> None:
    assert not allowed(for_all("Disallow: /a$"), "/a$b")


# --- Whatever comes -----------------------------------------------------------------------------


@given(body=st.binary(max_size=300), path=st.text(max_size=30))
def test_no_bytes_and_no_path_raise(body: bytes, path: str) -> None:
    for robots in (Robots.read(200, body), Robots.read(200, b"User-agent: *\nDisallow: " + body)):
        assert robots.allows(f"{HOST}/{path}", AGENT) in (True, False)
        delay_s = robots.crawl_delay(AGENT)
        assert delay_s is None or 0 <= delay_s <= LONGEST_DELAY_S


@given(st.lists(st.sampled_from(["/", "/a", "/a/", "/a/b", "/*b", "/a$", "/a/*"]), max_size=6))
def test_the_order_of_rules_never_matters(paths: list[str]) -> None:
    rules = [f"{'Allow' if place % 2 else 'Disallow'}: {path}" for place, path in enumerate(paths)]
    for path in ("/", "/a", "/a/", "/a/b"):
        assert allowed(for_all(*rules), path) == allowed(for_all(*reversed(rules)), path)
