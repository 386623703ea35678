"""robots.txt as Google reads it: what a site forbids, how slowly it wants to be visited.

Protego parses and matches. Here stands what it leaves to its caller (the HTTP answer, bytes, size)
and where it reads otherwise than Google's specification and RFC 9309:

- A group names a product token. Protego lets ``User-agent: link`` bind Linkwright too, and does not
  let ``User-agent: Linkwright/2`` do so; see :func:`_with_tokens`.
- Only allow, disallow and user-agent lines make up groups. Protego ends a group's list of agents at
  any other line but Sitemap; so rules are read without such lines, and delays with them.
- A line ends with a line feed or carriage return. Python knows more line ends, Protego with it.

Two more of its ways are left as they are, a test holds each: a character that the standard reserves
(``?``) matches its escape (``%3F``), and a final ``$`` also stands for the character itself.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from urllib.parse import quote

from protego import Protego

from recommender.urls import absolute

LARGEST_BYTES = 512_000  # Google: 500 KiB; what follows is ignored
LONGEST_DELAY_S = 60.0
"""A site that asks for more is visited this often; 2,000 pages take a day and a half."""

_LINE_END = re.compile(r"[\r\n]+")
_AGENT = re.compile(r"[ \t]*user[- ]?agent[ \t]*[: \t]([^#]*)", re.IGNORECASE)
_RULE = re.compile(
    r"[ \t]*(?:allow|dis+al+ow|diasllow|disallaw)[ \t]*[: \t]",  # misspelt as Google accepts it
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[A-Za-z_-]*")
_COMPATIBLE = re.compile(r"\(compatible;\s*([A-Za-z_-]+)", re.IGNORECASE)
_ODD_LINE_ENDS = {ord(end): quote(end) for end in "\v\f\x1c\x1d\x1e\x85\u2028\u2029"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Robots:
    """What the robots.txt of one host says; without one, everything is allowed.

    ``unreachable`` where the host could not say: then nothing is allowed, to be asked again later.
    ``sitemaps`` are absolute addresses.
    """

    rules: Protego | None = None
    delays: Protego | None = None
    sitemaps: tuple[str, ...] = ()
    unreachable: bool = False

    @classmethod
    def read(cls, status: int | None, body: bytes) -> Robots:
        """Return what the answer to a request for /robots.txt says, None being no answer at all.

        2xx counts as written; other 4xx, and a redirect that leads nowhere after five hops, as no
        robots.txt; 429, 5xx and no answer as unreachable. Markup in its place says nothing.
        """
        if status is None or status < 200 or status == 429 or status >= 500:
            return cls(unreachable=True)
        text = _text(body) if status < 300 else ""
        if not text or text.startswith("<"):
            return cls()
        lines = [_with_tokens(line) for line in _LINE_END.split(text)]
        delays = Protego.parse("\n".join(lines))
        return cls(
            rules=Protego.parse("\n".join(line for line in lines if _counts(line))),
            delays=delays,
            sitemaps=tuple(filter(None, (absolute(said, said) for said in delays.sitemaps))),
        )

    def allows(self, url: str, agent: str) -> bool:
        """Tell whether ``agent``, a User-Agent header or product token, may ask for ``url``."""
        if self.unreachable:
            return False
        return self.rules is None or self.rules.can_fetch(url, _asking(agent))

    def crawl_delay(self, agent: str) -> float | None:
        """Return the seconds between two requests that ``agent`` is asked to keep, None if none.

        The longer of Crawl-delay and Request-rate (at any hour), at most LONGEST_DELAY_S. Neither
        is Google's, but many sites mean them.
        """
        if self.delays is None:
            return None
        rate = self.delays.request_rate(_asking(agent))
        said = (self.delays.crawl_delay(_asking(agent)), rate and rate.seconds / rate.requests)
        wanted = [delay for delay in said if delay is not None]
        return min(LONGEST_DELAY_S, max(wanted)) if wanted else None


def product_token(agent: str) -> str:
    """Return the name by which a robots.txt calls the sender of the User-Agent header ``agent``.

    "Linkwright" for "Linkwright/0.1 (+...)" and "Mozilla/5.0 (compatible; Linkwright/0.1)".
    """
    named = _COMPATIBLE.search(agent)
    return named[1] if named else _TOKEN.match(agent.strip())[0]  # type: ignore[index]


def _text(body: bytes) -> str:
    """Return the text of a robots.txt as far as it counts, without blanks around it.

    The standard knows UTF-8 only; what is none is replaced, in rules as in the addresses they are
    held against. A line that the limit cuts in two is left out: half of "/drafts" might be "/".
    """
    kept = body[:LARGEST_BYTES]
    if len(body) > LARGEST_BYTES:
        kept = kept[: max(kept.rfind(b"\n"), kept.rfind(b"\r")) + 1]
    marked = kept.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = kept.decode("utf-16" if marked else "utf-8-sig", errors="replace")
    return text.translate(_ODD_LINE_ENDS).strip()


def _with_tokens(line: str) -> str:
    """Return a user-agent line with its product token alone, closed by ";"; others as they are.

    Protego looks for an agent at the beginnings of words in the asker's name. With the same end on
    both, only the whole name is found.
    """
    found = _AGENT.match(line)
    if found is None:
        return line
    said = found[1].strip(": \t")
    anyone = said == "*" or said.startswith(("* ", "*\t"))
    token = _TOKEN.match(said)
    assert token is not None  # it may be empty
    return f"User-agent: {'*' if anyone else token[0] and token[0] + ';'}"


def _asking(agent: str) -> str:
    return product_token(agent) + ";"


def _counts(line: str) -> bool:
    return _AGENT.match(line) is not None or _RULE.match(line) is not None
