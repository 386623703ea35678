"""Answers that no decent server gives, for the hostile site."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable
from itertools import repeat

import brotli
from backports import zstd

from tests.local_site import Answer

Write = Callable[[bytes], object]

HTML = {"Content-Type": "text/html; charset=utf-8"}
BOMB_BYTES = 150_000_000  # thirty times what the crawl takes; 150 kB or less on the wire
ENDLESS_BYTES = 400_000_000  # where a server would go on for ever, ours stops here
_ZEROS = bytes(1_000_000)
_TIMES = BOMB_BYTES // len(_ZEROS)


def page(markup: str = "<p>Text.", **headers: str) -> Answer:
    """Return a page; SITE/ in it becomes the site's address."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(body=markup.encode(), headers=HTML | named)


def typed(kind: str | None, body: bytes = b"<title>T</title><p>Text.", **headers: str) -> Answer:
    """Return an answer of another type, None for no type at all."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(body=body, headers=({} if kind is None else {"Content-Type": kind}) | named)


def said(*parts: bytes, before: float = 0) -> Answer:
    """Return exactly these bytes as the whole answer."""

    def write_all(write: Write) -> None:
        time.sleep(before)
        for part in parts:
            write(part)

    return Answer(raw=write_all)


def head(*lines: str, status: str = "200 OK") -> bytes:
    """Return status line and headers of an HTML page, as far as ``lines`` go."""
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: text/html", *lines, "", ""]).encode()


def endless(start: bytes, more: bytes) -> Answer:
    """Return an answer that goes on and on."""

    def write_on(write: Write) -> None:
        write(start)
        piece = more * (65_536 // len(more) + 1)
        for _ in range(ENDLESS_BYTES // len(piece)):
            write(piece)

    return Answer(raw=write_on)


def dripping(start: bytes, drop: bytes, *, seconds: int) -> Answer:
    """Return an answer that gives a drop ten times a second."""

    def drip(write: Write) -> None:
        write(start)
        for _ in range(seconds * 10):
            time.sleep(0.1)
            write(drop)

    return Answer(raw=drip)


def encoded(name: str, body: bytes) -> Answer:
    """Return a body that claims to be of a content encoding."""
    return Answer(body=body, headers=HTML | {"Content-Encoding": name})


def bomb(name: str, make: Callable[[], bytes]) -> Answer:
    """Return a bomb, which is made when it is asked for."""

    def explode(write: Write) -> None:
        body = make()
        write(head(f"Content-Encoding: {name}", f"Content-Length: {len(body)}") + body)

    return Answer(raw=explode)


def gzip_bomb() -> bytes:
    """Return 150 kB that unpack to a thousand times as much."""
    return gzip.compress(_ZEROS) * _TIMES  # one file after the other is one file


def deflate_bomb() -> bytes:
    """Return the same in the other format of that name."""
    packer = zlib.compressobj()
    first = packer.compress(_ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(_ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * _TIMES


def brotli_bomb() -> bytes:
    """Return a few hundred bytes that unpack to a million times as much."""
    packer = brotli.Compressor(quality=5)
    return b"".join(map(packer.process, repeat(_ZEROS, _TIMES))) + packer.finish()


def zstd_bomb() -> bytes:
    """Return a few kilobytes that unpack to ten thousand times as much."""
    return zstd.compress(_ZEROS) * _TIMES


def zstd_window() -> bytes:
    """Return a frame that asks for two gigabytes of memory before it says anything."""
    return b"\x28\xb5\x2f\xfd" + b"\x00" + bytes([21 << 3]) + b"\x01\x00\x00"


def packed_twice() -> bytes:
    """Return a gzip bomb inside another gzip."""
    return gzip.compress(gzip_bomb())


def packed_thrice() -> bytes:
    """Return that in yet another."""
    return gzip.compress(packed_twice())
