"""Which addresses, hosts and answers a crawl refuses, and what it tells to whom."""

# ruff: noqa: N802, N815 - Twisted names its methods so

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import ada_url
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.exceptions import CannotResolveHostError, DownloadCancelledError, IgnoreRequest
from scrapy.http import Response
from scrapy.resolver import dnscache
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress

from recommender.config import CrawlConfig
from recommender.errors import ConfigError
from recommender.ingest.guard import (
    GuardedResolver,
    GuardMiddleware,
    HeadersTooLarge,
    Refused,
    guard_settings,
)
from recommender.ingest.scope import Scope, refusal
from recommender.ingest.secret_headers import secret_headers

PUBLIC = Scope.of("https://www.example.com/", ["blog.example.com", "shop.example.com:8443"])
LOCAL = Scope.of("http://127.0.0.1:8000/", ["wiki.example.com"])

# --- Addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0.0.0.0", "an unspecified address"),
        ("0.1.2.3", "an unspecified address"),
        ("127.0.0.1", "a loopback address"),
        ("127.255.255.254", "a loopback address"),
        ("10.0.0.1", "a private address"),
        ("172.16.0.1", "a private address"),
        ("172.31.255.255", "a private address"),
        ("192.168.1.1", "a private address"),
        ("169.254.169.254", "a link-local address"),
        ("100.64.0.1", "an address of a carrier's network"),
        ("100.127.255.255", "an address of a carrier's network"),
        ("224.0.0.1", "a multicast address"),
        ("239.255.255.255", "a multicast address"),
        ("240.0.0.1", "a reserved address"),
        ("255.255.255.255", "a reserved address"),
        ("192.0.2.1", "a reserved address"),
        ("198.18.0.1", "a reserved address"),
        ("198.51.100.1", "a reserved address"),
        ("::", "an unspecified address"),
        ("::1", "a loopback address"),
        ("fe80::1", "a link-local address"),
        ("fe80::1%eth0", "a link-local address"),
        ("fc00::1", "a unique local address"),
        ("fd12:3456::1", "a unique local address"),
        ("fec0::1", "a private address"),
        ("ff02::1", "a multicast address"),
        ("2001:db8::1", "a reserved address"),
        ("64:ff9b:1::1", "a reserved address"),
        ("100::1", "a reserved address"),
    ],
)
def test_an_address_that_is_not_public_is_refused_and_named(address: str, kind: str) -> None:
    assert refusal(address) == f"{address.partition('%')[0]}, {kind}"


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700::1", "64:ff9b::808:808"],
)
def test_a_public_address_is_allowed(address: str) -> None:
    assert refusal(address) == ""


@pytest.mark.parametrize(
    "carrier",
    [
        "::ffff:{}",  # mapped
        "64:ff9b::{}",  # NAT64
        "::{}",  # compatible
        "2002:{}::1",  # 6to4
    ],
)
def test_an_address_inside_another_counts_as_itself(carrier: str) -> None:
    inner = "a9fe:a9fe"
    address = carrier.format(inner)
    assert refusal(address).endswith("which means 169.254.169.254, a link-local address")


def test_an_address_that_teredo_carries_counts_as_itself() -> None:
    client = int(ipaddress.IPv4Address("10.0.0.1")) ^ 0xFFFF_FFFF
    address = ipaddress.IPv6Address((0x20010000 << 96) | client)
    assert refusal(str(address)).endswith("which means 10.0.0.1, a private address")


def test_an_allowed_address_is_allowed_in_each_of_its_forms_and_no_other_is() -> None:
    allowed = frozenset({"10.1.2.3"})
    assert refusal("10.1.2.3", allowed_private=allowed) == ""
    assert refusal("::ffff:10.1.2.3", allowed_private=allowed) == ""
    assert refusal("10.1.2.4", allowed_private=allowed) == "10.1.2.4, a private address"


@pytest.mark.parametrize("address", ["", "localhost", "1.2.3", "::g", "1.2.3.4.5"])
def test_what_is_no_address_is_refused(address: str) -> None:
    assert refusal(address) == f"{address}, which is no address"


@given(st.ip_addresses())
def test_no_address_that_is_not_global_is_allowed(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if not refusal(str(address)):
        assert address.is_global or address in ipaddress.ip_network("64:ff9b::/96")
        assert not address.is_multicast


def _spellings(address: ipaddress.IPv4Address) -> list[str]:
    """Return ways to write an IPv4 address in a URL, all of which browsers understand."""
    a, b, c, d = address.packed
    whole = int(address)
    return [
        str(address), str(whole), hex(whole), f"0{whole:o}", f"{address}.", f"[::ffff:{address}]",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a}.{whole & 0xFFFFFF}", f"{a}.{b}.{whole & 0xFFFF}", f"0x{whole:010X}",
        f"{a}.{b}.{c}.%3{d // 100}{d % 100:02}" if d > 99 else str(address),
        "".join(chr(0xFEE0 + ord(sign)) if sign != "." else "。" for sign in str(address)),
    ]  # fmt: skip


_PRIVATE = st.one_of(
    *(
        st.ip_addresses(network=network)
        for network in ("127.0.0.0/8", "10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16")
    )
)


@given(_PRIVATE, st.data())
def test_no_spelling_of_a_private_address_passes(
    address: ipaddress.IPv4Address, data: st.DataObject
) -> None:
    spelled = data.draw(st.sampled_from(_spellings(address)))
    assert str(address) in PUBLIC.refusal(f"http://{spelled}/")
    told = PUBLIC.redirect_refusal(f"//{spelled}/x", "https://www.example.com/")
    assert told.startswith("redirects to ")
    assert str(address) in told


# --- Hosts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.com/a?b=c",
        "http://www.example.com/",
        "https://www.example.com:443/",
        "http://www.example.com:80/",
        "https://example.com/",  # the twin
        "https://blog.example.com/",
        "http://shop.example.com:8443/",
        "HTTPS://WWW.EXAMPLE.COM/",
    ],
)
def test_a_configured_host_may_be_asked(url: str) -> None:
    assert PUBLIC.refusal(url) == ""


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://other.example.com/", "other.example.com, which is no host of this site"),
        ("https://www.example.com.evil.test/", "www.example.com.evil.test, which is no host"),
        ("https://www.example.com./", "www.example.com., which is no host of this site"),
        ("https://www.example.com:8443/", "www.example.com:8443, which is no host"),
        ("https://www.example.com:80/", "www.example.com:80, which is no host"),
        ("https://shop.example.com/", "shop.example.com, which is no host"),
        ("http://[::1]/", "::1, a loopback address"),
        ("http://[::1]:8080/", "port 8080 of ::1, a loopback address"),
        ("http://localhost:631/", "port 631 of localhost, a loopback address"),
        ("http://a.localhost/", "a.localhost, a loopback address"),
        ("file:///etc/passwd", "file:, which is not http"),
        ("ftp://www.example.com/", "ftp:, which is not http"),
        ("data:text/html,x", "data:, which is not http"),
        ("javascript:alert(1)", "javascript:, which is not http"),
        ("https://a:b@www.example.com/", "www.example.com with a user name in the address"),
        ("https://www.ex%61mple.com/", "www.example.com, spelled in an odd way"),
        ("http:///", "nothing, which is no host of this site"),
    ],
)
def test_any_other_host_port_or_scheme_is_refused_and_named(url: str, why: str) -> None:
    assert PUBLIC.refusal(url).startswith(why)


def test_the_passwords_of_an_address_are_never_told() -> None:
    assert "hunter2" not in PUBLIC.refusal("https://me:hunter2@www.example.com/")
    assert "hunter2" not in PUBLIC.refusal("https://me:hunter2@other.example.com/")


def test_of_a_private_site_only_itself_may_be_asked() -> None:
    assert LOCAL.refusal("http://127.0.0.1:8000/a") == ""
    assert LOCAL.refusal("http://127.0.0.1:8001/") == "port 8001 of 127.0.0.1, a loopback address"
    assert LOCAL.refusal("http://127.0.0.2:8000/") == "port 8000 of 127.0.0.2, a loopback address"
    assert LOCAL.refusal("http://127.0.0.1/") == "127.0.0.1, a loopback address"


def test_a_private_site_of_ipv6_may_be_asked() -> None:
    scope = Scope.of("http://[::1]:8000/", [])
    assert scope.refusal("http://[::1]:8000/a") == ""
    assert scope.refusal("http://[::1]/") == "::1, a loopback address"
    assert scope.answer_refusal("::1", "::1") == ""


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://169.254.169.254/latest/", "redirects to 169.254.169.254, a link-local address"),
        ("//127.0.0.1:22", "redirects to port 22 of 127.0.0.1, a loopback address"),
        ("file:///etc/passwd", "redirects to file:, which is not http"),
        ("javascript:alert(1)", "redirects to javascript:, which is not http"),
        ("https://elsewhere.example/", ""),
        ("/inside", ""),
        ("http://[broken", ""),
    ],
)
def test_an_unsafe_redirect_is_told_from_one_to_another_site(location: str, why: str) -> None:
    assert PUBLIC.redirect_refusal(location, "https://www.example.com/a") == why


@pytest.mark.parametrize(
    ("site", "name", "address", "why"),
    [
        ("https://www.example.com/", "www.example.com", "93.184.215.14", ""),
        (
            "https://www.example.com/",
            "www.example.com",
            "127.0.0.1",
            "www.example.com, which is 127.0.0.1, a loopback address",
        ),
        (
            "https://www.example.com/",
            "www.example.com",
            "::ffff:10.0.0.1",
            "www.example.com, which is ::ffff:10.0.0.1, which means 10.0.0.1, a private address"
            .replace("::ffff:10.0.0.1", str(ipaddress.ip_address("::ffff:10.0.0.1"))),
        ),
        ("http://wiki/", "wiki", "10.1.2.3", ""),
        ("http://wiki.internal/", "wiki.internal", "10.1.2.3", ""),
        ("http://localhost:8000/", "localhost", "127.0.0.1", ""),
        ("http://localhost:8000/", "localhost", "::1", ""),
        ("http://nas.home.arpa/", "nas.home.arpa", "fd00::5", ""),
        ("http://wiki/", "wiki", "169.254.169.254",
         "wiki, which is 169.254.169.254, a link-local address"),
        ("http://10.1.2.3/", "10.1.2.3", "10.1.2.3", ""),
        ("http://127.0.0.1:8000/", "wiki.example.com", "127.0.0.1",
         "wiki.example.com, which is 127.0.0.1, a loopback address"),
    ],
)  # fmt: skip
def test_only_names_of_internal_networks_may_have_private_addresses(
    site: str, name: str, address: str, why: str
) -> None:
    assert Scope.of(site, ["wiki.example.com"]).answer_refusal(name, address) == why


def test_a_public_name_may_have_a_private_address_that_the_configuration_lists() -> None:
    scope = Scope.of("https://intranet.example.com/", ["10.1.2.3"])
    assert scope.answer_refusal("intranet.example.com", "10.1.2.3") == ""
    assert "10.1.2.4, a private" in scope.answer_refusal("intranet.example.com", "10.1.2.4")


# --- DNS answers ----------------------------------------------------------------------------


class TableResolver:
    """Resolves each name to the next of its lists of addresses; the last one stays."""

    def __init__(self, table: dict[str, list[list[str]]]) -> None:
        self.table = table

    def resolveHostName(
        self, receiver: Receiver, name: str, port: int = 0, *more: object
    ) -> object:
        answers = self.table[name]
        receiver.resolutionBegan(None)
        for host in answers.pop(0) if len(answers) > 1 else answers[0]:
            kind = IPv6Address if ":" in host else IPv4Address
            receiver.addressResolved(kind("TCP", host, port))
        receiver.resolutionComplete()
        return receiver


@dataclass
class Reactor:
    nameResolver: TableResolver


@dataclass
class Receiver:
    hosts: list[str] = field(default_factory=list)
    ended: bool = False

    def resolutionBegan(self, _resolution: object) -> None:
        pass

    def addressResolved(self, address: IAddress) -> None:
        self.hosts.append(address.host)

    def resolutionComplete(self) -> None:
        self.ended = True


@pytest.fixture(autouse=True)
def _no_remembered_names() -> Iterator[None]:
    dnscache.clear()
    yield
    dnscache.clear()


def resolver(*answers: Sequence[str], cached: int = 0) -> GuardedResolver:
    table = TableResolver({"www.example.com": [list(hosts) for hosts in answers]})
    return GuardedResolver(Reactor(table), cached, PUBLIC)


def resolved(asked: GuardedResolver) -> list[str]:
    receiver = Receiver()
    asked.resolveHostName(receiver, "www.example.com", 443)
    assert receiver.ended
    return receiver.hosts


def test_public_answers_are_passed_on() -> None:
    asked = resolver(["93.184.215.14", "2606:4700::1"])
    assert resolved(asked) == ["93.184.215.14", "2606:4700::1"]
    assert asked.refused == {}


def test_a_private_answer_is_kept_back_and_named() -> None:
    asked = resolver(["10.0.0.1"])
    assert resolved(asked) == []
    assert asked.refused == {
        "www.example.com": "www.example.com, which is 10.0.0.1, a private address"
    }


def test_among_several_answers_only_the_public_ones_are_used() -> None:
    assert resolved(resolver(["169.254.169.254", "93.184.215.14", "::1"])) == ["93.184.215.14"]


def test_a_name_that_changes_to_a_private_address_gains_nothing() -> None:
    asked = resolver(["93.184.215.14"], ["127.0.0.1"])
    assert [resolved(asked), resolved(asked)] == [["93.184.215.14"], []]


def test_a_remembered_private_answer_is_refused_again() -> None:
    asked = resolver(["127.0.0.1"], cached=10)
    assert [resolved(asked), resolved(asked)] == [[], []]


# --- Requests and secrets -------------------------------------------------------------------

ENVIRONMENT = {"LINKWRIGHT_CRAWL_HEADER": "open-sesame", "LINKWRIGHT_CRAWL_PASSWORD": "hunter2"}
SECRETS = secret_headers(CrawlConfig(header="X-Token", username="me"), ENVIRONMENT)


def told(url: str, scope: Scope = PUBLIC) -> set[str]:
    """Return which secrets go with a request for ``url``."""
    request = Request(url)
    GuardMiddleware(scope, SECRETS).process_request(request)
    return {name for name in SECRETS if name in request.headers}


def test_secrets_are_the_header_and_basic_authentication() -> None:
    assert SECRETS == {"X-Token": "open-sesame", "Authorization": "Basic bWU6aHVudGVyMg=="}


def test_without_configuration_there_are_no_secrets() -> None:
    assert secret_headers(CrawlConfig(), ENVIRONMENT) == {}


@pytest.mark.parametrize(
    "url",
    ["https://www.example.com/a", "https://blog.example.com/", "https://shop.example.com:8443/"],
)
def test_configured_hosts_are_told_the_secrets(url: str) -> None:
    assert told(url) == {"X-Token", "Authorization"}


def test_a_site_without_https_is_told_the_secrets() -> None:
    assert told("http://127.0.0.1:8000/", LOCAL) == {"X-Token", "Authorization"}


@pytest.mark.parametrize("url", ["https://example.com/", "http://www.example.com/"])
def test_neither_the_twin_nor_a_request_in_clear_is_told_the_secrets(url: str) -> None:
    assert told(url) == set()


def test_a_request_outside_the_scope_is_refused_before_it_knows_a_secret() -> None:
    request = Request("https://other.example.com/")
    with pytest.raises(Refused, match=r"^other\.example\.com, which is no host"):
        GuardMiddleware(PUBLIC, SECRETS).process_request(request)
    assert not any(name in request.headers for name in SECRETS)


@pytest.mark.parametrize("fails", [False, True])
def test_no_request_keeps_the_secrets_after_its_answer(*, fails: bool) -> None:
    guard = GuardMiddleware(PUBLIC, SECRETS)
    request = Request("https://www.example.com/", headers={"Accept": "text/html"})
    guard.process_request(request)
    if fails:
        guard.process_exception(request, TimeoutError())
    else:
        guard.process_response(request, Response(request.url))
    assert dict(request.headers) == {b"Accept": [b"text/html"]}


def test_the_settings_hold_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    settings = guard_settings("https://www.example.com/", CrawlConfig(header="X", username="me"))
    assert "open-sesame" not in repr(settings)
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("config", "environment", "named"),
    [
        ({"header": "X-Token"}, {}, "LINKWRIGHT_CRAWL_HEADER"),
        ({"header": "X-Token", "header_env": "TOKEN"}, {"TOKEN": ""}, "TOKEN"),
        ({"username": "me"}, {}, "LINKWRIGHT_CRAWL_PASSWORD"),
        ({"header": "X Token"}, ENVIRONMENT, "X Token"),
        ({"header": "X-Token:"}, ENVIRONMENT, "X-Token:"),
    ],
)
def test_a_missing_secret_is_a_configuration_error_that_names_it(
    config: dict[str, str], environment: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigError, match=named) as raised:
        secret_headers(CrawlConfig.model_validate(config), environment)
    assert raised.value.hint


@pytest.mark.parametrize("value", ["open\r\nX-Evil: 1", " sesame", "sesame\n", "sésame", "a\0b"])
def test_a_value_that_no_header_can_hold_is_an_error_that_does_not_quote_it(value: str) -> None:
    with pytest.raises(ConfigError, match="LINKWRIGHT_CRAWL_HEADER") as raised:
        secret_headers(CrawlConfig(header="X"), {"LINKWRIGHT_CRAWL_HEADER": value})
    assert value.strip() not in str(raised.value)


def test_an_answer_encoded_many_times_over_is_given_up() -> None:
    guard, request = GuardMiddleware(PUBLIC, {}), Request("https://www.example.com/")
    twice = Response(request.url, headers={"Content-Encoding": "gzip, br"})
    assert guard.process_response(request, twice) is twice
    thrice = Response(request.url, headers={"Content-Encoding": ["gzip, br", "gzip"]})
    with pytest.raises(IgnoreRequest, match="encoded 3 times"):
        guard.process_response(request, thrice)


def test_headers_that_do_not_end_are_named_whatever_wraps_them() -> None:
    error = CannotResolveHostError("wrapped")
    error.__cause__ = HeadersTooLarge()
    guard = GuardMiddleware(PUBLIC, {})
    with pytest.raises(IgnoreRequest, match="headers are larger than 262144 bytes"):
        guard.process_exception(Request("https://www.example.com/"), error)


@pytest.mark.parametrize(("meta", "limit"), [({}, 10_000), ({"download_maxsize": 7}, 7)])
def test_a_body_that_is_too_large_is_named(meta: dict[str, int], limit: int) -> None:
    guard = GuardMiddleware(PUBLIC, {}, most_bytes=10_000)
    with pytest.raises(IgnoreRequest, match=f"body is larger than {limit} bytes"):
        guard.process_exception(
            Request("https://www.example.com/", meta=meta), DownloadCancelledError()
        )


@given(st.text(max_size=20))
def test_what_passes_is_always_a_configured_host(rest: str) -> None:
    for url in (
        f"https://www.example.com{rest}",
        f"https://{rest}",
        f"https://{rest}.example.com/",
    ):
        try:
            request = Request(url)
        except ValueError:
            continue
        if not PUBLIC.refusal(request.url):
            host = ada_url.URL(request.url).host
            assert host in {*PUBLIC.hosts, PUBLIC.twin}
