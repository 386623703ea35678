"""Whom a crawl may ask: the configured hosts, and no address that is not public unless named."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import ada_url

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_KINDS = {
    "an unspecified address": ("0.0.0.0/8", "::/128"),
    "a loopback address": ("127.0.0.0/8", "::1/128"),
    "a link-local address": ("169.254.0.0/16", "fe80::/10"),
    "a multicast address": ("224.0.0.0/4", "ff00::/8"),
    "a private address": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fec0::/10"),
    "a unique local address": ("fc00::/7",),
    "an address of a carrier's network": ("100.64.0.0/10",),
}
_NETWORKS = [(ipaddress.ip_network(net), kind) for kind, nets in _KINDS.items() for net in nets]
_GIVEN_OUT = ipaddress.ip_network("2000::/3")  # all of IPv6 that is in public use
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
_COMPATIBLE = ipaddress.ip_network("::/96")  # RFC 4291, section 2.5.5.1; deprecated

_INTERNAL_KINDS = frozenset(_KINDS) - {
    "an unspecified address",
    "a link-local address",  # where clouds keep the credentials of their machines
    "a multicast address",
}
# RFC 6761, 6762, 8375; ICANN SSAC 113; draft-chapin-additional-reserved-tlds.
_INTERNAL_NAME = re.compile(
    r"[^.]+|.+\.(localhost|local|test|internal|intranet|private|corp|home|lan|home\.arpa)"
)


def refusal(address: str, *, allowed_private: frozenset[str] = frozenset()) -> str:
    """Return why the IP ``address`` is not to be asked, "" where it may be.

    Reads like "169.254.169.254, a link-local address". An IPv4 address inside an IPv6 one counts
    as itself. ``allowed_private`` are addresses as :mod:`ipaddress` writes them.
    """
    try:
        given = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return f"{address}, which is no address"
    meant = _meant(given)
    if not allowed_private.isdisjoint((str(given), str(meant))):
        return ""
    kind = _kind(meant)
    if not kind:
        return ""
    return f"{given}, {kind}" if meant == given else f"{given}, which means {meant}, {kind}"


def _meant(address: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 address stands for, else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    embedded = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
    if embedded is not None:
        return embedded
    low = int(address) & 0xFFFF_FFFF
    if address in _NAT64 or (address in _COMPATIBLE and low > 1):
        return ipaddress.IPv4Address(low)
    return address


def _kind(address: _Address) -> str:
    """Return what keeps ``address`` from being public, "" where nothing does."""
    for network, kind in _NETWORKS:
        if address in network:
            return kind
    public = address.is_global and (address.version == 4 or address in _GIVEN_OUT)
    return "" if public else "a reserved address"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """The hosts of one crawl, each with its port where that is not the scheme's own.

    ``twin`` is the site with www. put before or taken off: it is asked, but told no secrets.
    ``listed`` are the addresses among ``crawl.hosts``: names may resolve to them, whatever they
    are. ``secure`` says that the site is configured with https.
    """

    hosts: frozenset[str]
    twin: str
    listed: frozenset[str]
    secure: bool

    @classmethod
    def of(cls, site: str, hosts: Iterable[str]) -> Scope:
        """Return the scope of the crawl of ``site`` and of the further ``hosts``."""
        home, further = _host(site), {_host(f"http://{host}/") for host in hosts}
        return cls(
            hosts=frozenset({home, *further} - {""}),
            twin=home.removeprefix("www.") if home.startswith("www.") else f"www.{home}",
            listed=frozenset(_name(host) for host in further if _is_literal(_name(host))),
            secure=site.lower().startswith("https:"),
        )

    def refusal(self, url: str) -> str:
        """Return why this crawl must not ask for ``url``, "" where it may."""
        scheme, _, _ = url.partition(":")
        if scheme.lower() not in ("http", "https"):
            return f"{scheme[:20]}:, which is not http"
        netloc = urlsplit(url).netloc.lower()  # Twisted reads it so, and connects to that
        if "@" in netloc:
            return f"{netloc.rpartition('@')[2]} with a user name in the address"
        host = _host(url)
        if host not in self.hosts and host != self.twin:
            return _unsafe(host) or f"{host or 'nothing'}, which is no host of this site"
        return "" if _name(host) == _name(netloc) else f"{host}, spelled in an odd way"

    def redirect_refusal(self, location: str, url: str) -> str:
        """Return why it is unsafe to go where ``url`` redirects to, "" where it is not.

        Another public host is safe, though no part of the site.
        """
        try:
            target = ada_url.join_url(url, location)
        except ValueError:
            return ""  # leads nowhere
        if not target.startswith(("http:", "https:")):
            return f"redirects to {self.refusal(target)}"
        host = _host(target)
        unsafe = "" if host in self.hosts else _unsafe(host)
        return f"redirects to {unsafe}" if unsafe else ""

    def answer_refusal(self, name: str, address: str) -> str:
        """Return why the host ``name`` must not be asked at ``address``, DNS's answer for it."""
        if _is_literal(name):  # configured, else `refusal` had stopped it
            return refusal(address, allowed_private=frozenset({name}))
        why = refusal(address, allowed_private=self.listed)
        internal = why.rpartition(", ")[2] in _INTERNAL_KINDS
        if not why or (internal and _INTERNAL_NAME.fullmatch(name.lower())):
            return ""
        return f"{name}, which is {why}"

    def trusts(self, url: str) -> bool:
        """Tell whether secrets may go with a request for ``url``: if https is used, by it only."""
        return _host(url) in self.hosts and (url.startswith("https:") or not self.secure)


def _host(url: str) -> str:
    """Return the host of ``url``, with its port unless it is the scheme's own; "" without one."""
    try:
        return ada_url.URL(url).host
    except ValueError:
        return ""


def _name(host: str) -> str:
    """Return ``host`` without port and brackets."""
    return (host if host.endswith("]") else re.sub(r":\d*$", "", host)).strip("[]")


def _is_literal(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _unsafe(host: str) -> str:
    """Return what is dangerous in a host that is not configured, as far as its name tells."""
    name = _name(host)
    port = host.strip("[]").removeprefix(name).lstrip("]:")
    why = refusal(name) if _is_literal(name) else ""
    if name == "localhost" or name.endswith(".localhost"):
        why = f"{name}, a loopback address"
    return f"port {port} of {why}" if why and port else why
