"""The hostile site: pages that break crawlers, each with what should come of it."""

from __future__ import annotations

import codecs
import gzip
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from recommender.models import Visited
from tests.local_site import Answer, moved
from tests.sites.hostile.answers import (
    HTML,
    bomb,
    brotli_bomb,
    deflate_bomb,
    dripping,
    encoded,
    endless,
    gzip_bomb,
    head,
    packed_thrice,
    packed_twice,
    page,
    said,
    typed,
    zstd_bomb,
    zstd_window,
)

FETCHED, FAILED, REFUSED = Visited.FETCHED, Visited.FAILED, Visited.REFUSED
MOST_PAGE_BYTES = 5_000_000  # crawl.max_page_bytes of the visit
LINKS = 200_000


@dataclass(frozen=True, slots=True)
class Hostile:
    """A page and what should come of it.

    ``why`` is a regular expression for what keeps it from the index, "" where nothing does.
    ``links`` are paths to which it leads, where that is the question.
    """

    path: str
    answer: Answer
    outcome: Visited = FETCHED
    status: int | None = 200
    why: str = ""
    title: str | None = None
    links: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """The test's id: the page and what is expected of it."""
        said = self.why.replace("\\", "") or f"{self.status}"
        return f"{self.path.strip('/')}: {self.outcome}, {said}"


def unsafe_redirects(other_port: int) -> Iterator[Hostile]:
    """Give the pages that lead where no crawl may go; ``other_port`` is nobody's business."""
    to = "http://169.254.169.254/"
    markup = f"<meta http-equiv=refresh content='0;url={to}'>"
    why = "^redirects to 169.254.169.254, a link-local"
    yield Hostile("/refresh-metadata", page(markup), REFUSED, None, why)
    named = {
        "metadata": ("http://169.254.169.254/latest/meta-data/", "169.254.169.254, a link-local"),
        "metadata-number": ("http://2852039166/", "169.254.169.254, a link-local"),
        "metadata-octal": ("//0251.0376.0251.0376/", "169.254.169.254, a link-local"),
        "mapped": (
            "http://[::ffff:169.254.169.254]/",
            "::ffff:a9fe:a9fe, which means 169.254.169.254, a link-local",
        ),
        "port": (f"http://127.0.0.1:{other_port}/", f"port {other_port} of 127.0.0.1, a loopback"),
        "localhost": (f"http://localhost:{other_port}/", f"port {other_port} of localhost"),
        "intranet": ("http://10.0.0.1/", "10.0.0.1, a private"),
        "file": ("file:///etc/passwd", "file:, which is not http"),
        "script": ("javascript:alert(1)", "javascript:, which is not http"),
        "data": ("data:text/html,x", "data:, which is not http"),
    }
    for name, (target, why) in named.items():
        yield Hostile(f"/to-{name}", moved(target, 302), REFUSED, None, f"^redirects to {why}")


def hostile_pages() -> tuple[Hostile, ...]:
    """Return the pages that come to what they should."""
    return (
        *_redirects(),
        *_refreshes(),
        *_encodings(),
        *_wire(),
        *_markup(),
        *_charsets(),
        *_types(),
        *_statuses(),
        *_addresses(),
        *_robots_and_canonicals(),
    )


def site_of(pages: tuple[Hostile, ...], more: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return the whole site: a home page that leads everywhere, and the pages."""
    links = "".join(f"<li><a href='{hostile.path}'>{hostile.path}</a>" for hostile in pages)
    home = page(f"<title>Home</title><ul>{links}</ul>")
    return {"/": home, **{hostile.path: hostile.answer for hostile in pages}, **more}


def _redirects() -> Iterator[Hostile]:
    moves = r"^redirects$"
    yield Hostile("/loop-a", moved("/loop-b"), status=301, why=moves)
    yield Hostile("/loop-b", moved("/loop-a", 302), status=302, why=moves)
    yield Hostile("/self", moved("/self"), status=301, why=moves)
    for hop in range(30):
        yield Hostile(f"/chain-{hop}", moved(f"/chain-{hop + 1}", 308), status=308, why=moves)
    yield Hostile("/no-location", Answer(status=301, headers={}), status=301, why="answers 301")
    yield Hostile("/bad-location", moved("http://[bad"), status=301, why=moves)
    yield Hostile("/elsewhere", moved("http://elsewhere.invalid/"), status=301, why=moves)
    odd = said(head("Location: /caf\u00e9\u2028", "Content-Length: 0", status="302 Found"))
    yield Hostile("/odd-location", odd, status=302, why=moves)


def _refreshes() -> Iterator[Hostile]:
    for here, there in ("ab", "ba"):
        markup = f"<meta http-equiv=refresh content='0;url=/refresh-{there}'>"
        yield Hostile(f"/refresh-{here}", page(markup), why=r"^redirects \(meta refresh\)$")
    markup = "<meta http-equiv=refresh content='0;url=/refresh-self'><title>Still here</title>"
    yield Hostile("/refresh-self", page(markup), title="Still here")
    markup = "<meta http-equiv=refresh content=';;;url='><title>Still here</title>"
    yield Hostile("/refresh-broken", page(markup), title="Still here")


def _encodings() -> Iterator[Hostile]:
    large, wrong = "larger|exceeded", "gives no answer"
    text = b"<title>Plain</title><p>Text."
    yield Hostile("/bomb-gzip", bomb("gzip", gzip_bomb), FAILED, None, large)
    yield Hostile("/bomb-deflate", bomb("deflate", deflate_bomb), FAILED, None, large)
    yield Hostile("/bomb-br", bomb("br", brotli_bomb), FAILED, None, large)
    yield Hostile("/bomb-zstd", bomb("zstd", zstd_bomb), FAILED, None, large)
    yield Hostile("/bomb-twice", bomb("gzip, gzip", packed_twice), FAILED, None, large)
    thrice = bomb("gzip, gzip, gzip", packed_thrice)
    yield Hostile("/bomb-thrice", thrice, FAILED, None, "encoded 3 times")
    yield Hostile("/zstd-window", encoded("zstd", zstd_window()), FAILED, None, wrong)
    yield Hostile("/lie-gzip", encoded("gzip", text), FAILED, None, wrong)
    yield Hostile("/lie-deflate", encoded("deflate", b"\xff" * 500), FAILED, None, wrong)
    yield Hostile("/lie-br", encoded("br", text), FAILED, None, wrong)
    yield Hostile("/lie-zstd", encoded("zstd", text), FAILED, None, wrong)
    yield Hostile("/unknown-encoding", encoded("x-nothing", text), title="Plain")
    cut = gzip.compress(b"<title>Cut</title>" + random.Random(1).randbytes(9_000))[:-4_000]
    yield Hostile("/cut-gzip", encoded("gzip", cut), title="Cut")


def _wire() -> Iterator[Hostile]:
    wrong, late, text = "gives no answer", "gives no answer.*took longer", b"<title>T</title>"
    large = "gives no answer.*headers are larger than"
    yield Hostile("/short", said(head("Content-Length: 900"), text), FAILED, None, wrong)
    yield Hostile("/long", said(head("Content-Length: 16"), text, b"x" * 9_000), title="T")
    yield Hostile("/length-word", said(head("Content-Length: many"), text), FAILED, None, wrong)
    two = head("Content-Length: 3", "Content-Length: 16")
    yield Hostile("/two-lengths", said(two, text), FAILED, None, wrong)
    start = head("Transfer-Encoding: chunked")
    many = endless(start, b"1000\r\n" + b"x" * 4_096 + b"\r\n")
    yield Hostile("/endless-chunks", many, FAILED, None, "larger")
    yield Hostile("/bad-chunks", said(start, b"zz\r\n", text), FAILED, None, wrong)
    yield Hostile("/endless-body", endless(head(), b"<p>more "), FAILED, None, "larger")
    yield Hostile("/huge-length", said(head(f"Content-Length: {10**15}")), FAILED, None, "larger")
    first = b"HTTP/1.1 200 OK\r\n"
    yield Hostile("/endless-headers", endless(first, b"X-A: aaaa\r\n"), FAILED, None, large)
    folded = endless(first + b"X-A: a\r\n", b" " + b"a" * 9_000 + b"\r\n")
    yield Hostile("/endless-header", folded, FAILED, None, large)
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    yield Hostile("/endless-hints", endless(early, early), FAILED, None, large)
    yield Hostile("/endless-line", endless(b"HTTP/1.1 200 ", b"OK"), FAILED, None, wrong)
    yield Hostile("/drip-body", dripping(head(), b"x", seconds=30), FAILED, None, late)
    yield Hostile("/drip-headers", dripping(first, b"X: y\r\n", seconds=30), FAILED, None, late)
    yield Hostile("/nothing", said(), FAILED, None, wrong)
    yield Hostile("/rubbish", said(b"\x16\x03\x01\x02\x00" * 99), FAILED, None, wrong)
    yield Hostile("/http-0.9", said(text), FAILED, None, wrong)
    empty = head("X-Empty:", "X-No-Colon", "X-Folded: a", "\tb", "Content-Length: 16")
    yield Hostile("/odd-headers", said(empty, text), title="T")
    cookies = "".join(f"Set-Cookie: c{number}={'x' * 99}\r\n" for number in range(500))
    crumbs = said(head(cookies.strip(), "Content-Length: 16"), text)
    yield Hostile("/cookies", crumbs, title="T")


def _markup() -> Iterator[Hostile]:
    yield Hostile("/deep", page("<title>Deep</title>" + "<div>" * 50_000 + "x"), title="Deep")
    inline = "<title>Deep</title>" + "<b><a href=/cookies>" * 50_000 + "x"
    yield Hostile("/deep-inline", page(inline), title="Deep")
    wide = f"<title>Wide</title><p data-x='{'x' * 1_000_000}'>Text."
    yield Hostile("/attribute", page(wide), title="Wide")
    many = "<title>Many</title>" + "<a href=/#{}>x</a> ".format("x") * LINKS
    yield Hostile("/links", page(many), title="Many")
    unclosed = "<title>Open</title><table><tr><td><ul><li><p><a href=/cookies>x<b><i><script>"
    yield Hostile("/unclosed", page(unclosed), title="Open", links=("/cookies",))
    yield Hostile("/comment", page("<title>C</title><!-- <a href=/never>x</a>"), links=())
    yield Hostile("/open-title", page("<title>" + "All of it is the title. " * 9))
    yield Hostile("/plaintext", page("<title>P</title><plaintext><a href=/never>x"), links=())
    nul = "<title>N\0ul</title><a hr\0ef=/never href='/coo\0kies'>x</a>\0"
    yield Hostile("/nul", page(nul))
    yield Hostile("/huge-title", page(f"<title>{'Long ' * 200_000}</title><p>Text."))
    frames = "<title>F</title><frameset><frame src=/cookies></frameset>"
    yield Hostile("/frames", page(frames), title="F")
    nested = "<title>J</title><script type=application/ld+json>" + "[" * 99_999 + "</script>"
    yield Hostile("/json", page(nested), title="J")


def _charsets() -> Iterator[Hostile]:
    cafe = "<title>Caf\u00e9</title><p>Text."
    utf8, latin = cafe.encode(), cafe.encode("latin-1")
    meta = b"<meta charset=iso-8859-1>"
    yield Hostile("/invalid-utf8", typed("text/html", b"<title>a\xff\xfeb\xc3(</title>"))
    yield Hostile("/header-wins", typed("text/html; charset=utf-8", meta + utf8), title="Caf\u00e9")
    yield Hostile("/meta-charset", typed("text/html", meta + latin), title="Caf\u00e9")
    bom = codecs.BOM_UTF8 + meta + utf8
    yield Hostile("/bom-wins", typed("text/html; charset=latin-1", bom), title="Caf\u00e9")
    sixteen = typed("text/html; charset=utf-16le", cafe.encode("utf-16le"))
    yield Hostile("/utf-16", sixteen, title="Caf\u00e9")
    yield Hostile("/utf-16-unsaid", typed("text/html", cafe.encode("utf-16le")))
    nonsense = typed("text/html; charset=klingon", utf8)
    yield Hostile("/no-charset", nonsense, title="Caf\u00e9")
    yield Hostile("/charset-nul", typed("text/html; charset=\x01\x02", utf8))
    noise = random.Random(7).randbytes(50_000)
    yield Hostile("/binary", typed("text/html", b"\x89PNG\r\n\x1a\n" + noise))


def _types() -> Iterator[Hostile]:
    yield Hostile("/text", typed("text/plain"), why="is not HTML but text/plain")
    octets = typed("application/octet-stream")
    yield Hostile("/octets", octets, why="is not HTML but application/octet-stream")
    yield Hostile("/pdf", typed("application/pdf", b"%PDF-1.7"), why="but application/pdf")
    quoted = typed('text/html; charset="utf-8"; x="a;b,c"')
    yield Hostile("/quoted-type", quoted, title="T")
    yield Hostile("/shouted-type", typed("TEXT/HTML;CHARSET=UTF-8"), title="T")
    yield Hostile("/no-type", typed(None, b"<!DOCTYPE html><title>T</title>"), title="T")
    yield Hostile("/no-type-text", typed(None, b"just text"), why="is not HTML")
    yield Hostile("/xhtml", typed("application/xhtml+xml"), title="T")
    yield Hostile("/empty", typed("text/html", b""), title="")


def _statuses() -> Iterator[Hostile]:
    body = b"<title>T</title>"
    for status in (204, 304):
        why = f"answers {status}"
        yield Hostile(f"/{status}", Answer(status=status, headers=HTML), status=status, why=why)
    for status in (201, 206, 226, 300, 401, 403, 410, 418, 451, 600, 999):
        answer = Answer(status=status, body=body, headers=HTML)
        yield Hostile(f"/{status}", answer, status=status, why=f"answers {status}")
    stuffed = said(head("Content-Length: 16", status="204 No Content"), body)
    yield Hostile("/204-stuffed", stuffed, status=204, why="answers 204")
    down = Answer(status=503, body=body, headers=HTML)
    yield Hostile("/503", down, status=503, why="answers 503")


def _addresses() -> Iterator[Hostile]:
    base = "<base href='http://elsewhere.invalid/x/'><a href=never>x</a><a href=/never>x</a>"
    yield Hostile("/base-elsewhere", page(base), links=())
    script = "<base href='javascript:alert(1)'><a href=cookies>x</a>"
    yield Hostile("/base-script", page(script), links=("/cookies",))
    broken = "<base href='http://[x'><base href=/y/><a href=cookies>x</a>"
    yield Hostile("/base-broken", page(broken), links=("/cookies",))
    slashes = "<a href='//elsewhere.invalid/never'>x</a><a href='///\\/'>x</a>"
    yield Hostile("/slashes", page(slashes), links=())
    schemes = "".join(
        f"<a href='{to}'>x</a>"
        for to in (
            "javascript:void(0)", "mailto:a@b.invalid", "tel:1", "data:text/html,x", "file:///x",
            "ftp://x.invalid/", "http://[x", "http://127.0.0.1:99999/", "http://10.0.0.1/",
            "java\nscript:x", " \t#", "http://169.254.169.254/", "https://", "?&#",
        )
    )  # fmt: skip
    yield Hostile("/schemes", page(schemes), links=("/schemes?&",))


def _robots_and_canonicals() -> Iterator[Hostile]:
    def robots(path: str, content: str, *, why: str = "", name: str = "robots") -> Hostile:
        return Hostile(path, page(f"<META NAME='{name}' CONTENT='{content}'><p>x"), why=why)

    yield robots("/shouted-noindex", "NOFOLLOW , NoIndex", why="^noindex$")
    yield robots("/none", "none", why="^noindex$")
    yield robots("/other-bot", "noindex", name="otherbot")
    yield robots("/noise", "index;noindexed,no-index")
    yield Hostile("/header-other", page("<p>x", X_Robots_Tag="otherbot: noindex"))
    yield Hostile("/header-us", page("<p>x", X_Robots_Tag="googlebot: NOINDEX"), why="^noindex$")
    repeated = head("X-Robots-Tag: nofollow", "x-robots-tag: noindex", "Content-Length: 4")
    yield Hostile("/header-twice", said(repeated, b"<p>x"), why="^noindex$")
    for here, there in ("ab", "ba"):
        markup = f"<link rel=canonical href=/canonical-{there}><p>x"
        yield Hostile(f"/canonical-{here}", page(markup))  # a loop names no other page
    away = "<link rel=canonical href=https://elsewhere.invalid/p><p>x"
    yield Hostile("/canonical-elsewhere", page(away), why="its canonical is https://elsewhere")
    yield Hostile("/canonical-script", page("<link rel=canonical href='javascript:x'><p>x"))
    late = "<p>x<div><link rel=canonical href=/never></div>"
    yield Hostile("/canonical-in-body", page(late))
