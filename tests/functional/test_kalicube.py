"""A day and a week on a real site of 2,136 pages, judged by the pages as they are served.

What the mail says is held against the HTML by lxml, which no module of ours parses with.
"""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from lxml import html

from jobs.demo.fake_search_console import FakeSearchConsole
from tests.mail_server import PASSWORD, USERNAME, Mailbox, certificate, serving
from tests.real_sites import (
    LINKWRIGHT,
    Searches,
    archive,
    served,
    token_file,
    unpack,
    write_config,
)

READER = "reader@site.example"
HISTORY_DAYS = 56
TEXT_BLOCKS = ("p", "li", "dd", "dt", "blockquote", "td", "figcaption")
CHROME = ("nav", "header", "footer", "aside")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.slow,
    pytest.mark.skipif(
        not archive("kalicube").exists(), reason="LINKWRIGHT_SHARED has no sites/kalicube.tar.xz"
    ),
]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What the mail asks for, as a reader sees it: a page, a sentence, marked words."""

    page: str
    sentence: str
    anchor: str


# One test, not several over a fixture: workers of a parallel run would each crawl the site.
def test_the_mail_of_a_real_site_quotes_its_pages_verbatim(tmp_path: Path) -> None:
    mailbox = Mailbox()
    site = unpack("kalicube", tmp_path / "site")
    with served(site) as home:
        with configured(site, home, tmp_path, mailbox) as config:
            linkwright(config, "daily")
            linkwright(config, "weekly")
            linkwright(config, "weekly")
            exported = json.loads(linkwright(config, "export", "--format", "json"))
        (mail,) = [received(envelope.content) for envelope in mailbox.taken]
        edits = edits_of(mail)
        assert mail["To"] == READER
        assert edits, "the digest asks for no edit"
        assert {
            Edit(
                page=row["source_url"],
                sentence=folded(row["sentence_before"]),
                anchor=folded(row["anchor"]),
            )
            for row in exported
            if row["status"] == "mailed"
        } == set(edits)
        to_be_written = {
            (row["source_url"], folded(row["sentence_before"]))
            for row in exported
            if row["kind"] == "add_sentence"
        }
        for edit in edits:
            if (edit.page, edit.sentence) in to_be_written:
                assert not edit.anchor, f"words of a sentence that nobody wrote yet: {edit}"
            else:
                assert edit.anchor, f"no marked words: {edit}"
            assert edit.anchor in edit.sentence
            assert edit.page.startswith(home)
            assert content_blocks_with(edit.sentence, edit.page), f"not on its page: {edit}"


@contextmanager
def configured(site: Path, home: str, folder: Path, mailbox: Mailbox) -> Iterator[Path]:
    """Run Search Console and mail server for the site; gives the configuration that uses them."""
    searches = Searches.of(site, home)
    authority, context = certificate(folder)
    console = FakeSearchConsole(
        searches, property_url=home, today=lambda: searches.today, require_token=True
    )
    mail_server = serving(
        mailbox,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=mailbox.authenticate,
    )
    with console, mail_server as port:
        yield write_config(
            folder / "work",
            name="kalicube",
            site=home,
            search_console={
                "source": "api",
                "credentials": "oauth",
                "credentials_file": str(token_file(folder, console.token_uri)),
                "endpoint": console.endpoint,
                "history_days": HISTORY_DAYS,
            },
            digest={"recipients": [READER]},
            smtp={
                "host": "127.0.0.1",
                "port": port,
                "username": USERNAME,
                "sender": "Linkwright <links@site.example>",
                "ca_file": str(authority),
            },
        )


def linkwright(config: Path, *arguments: str) -> str:
    """Run a command as a user would and return its output."""
    done = subprocess.run(
        [str(LINKWRIGHT), "--config", str(config), *arguments],
        env={**os.environ, "LINKWRIGHT_SMTP_PASSWORD": PASSWORD},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stderr}"
    return done.stdout


# --- The mail ---------------------------------------------------------------------------------


def received(content: bytes | str | None) -> EmailMessage:
    assert isinstance(content, bytes)
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def edits_of(mail: EmailMessage) -> list[Edit]:
    """Return what the HTML of the mail asks for: each quoted sentence, and the page it names."""
    body = mail.get_body(("html",))
    assert body is not None
    found = []
    for quoted in html.fromstring(body.get_content()).iter("blockquote"):
        page = quoted.xpath("preceding::h3[1]//a/@href")
        found.append(
            Edit(
                page=urldefrag(page[0]).url,
                sentence=folded(quoted.text_content()),
                anchor=folded("".join(part.text_content() for part in quoted.iter("b"))),
            )
        )
    return found


# --- The page ---------------------------------------------------------------------------------


def content_blocks_with(sentence: str, page: str) -> list[str]:
    """Return the text of the page's blocks, outside menus and the like, that hold ``sentence``."""
    with urllib.request.urlopen(page, timeout=30) as answer:
        tree = html.fromstring(answer.read(), parser=html.HTMLParser(encoding="utf-8"))
    texts = [folded(block.text_content()) for block in text_blocks(tree)]
    return [text for text in texts if sentence in text]


def text_blocks(tree: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """Yield paragraphs, items and cells, and a div where it holds text and no other block."""
    for element in tree.iter(*TEXT_BLOCKS, "div"):
        if next(element.iterancestors(*CHROME), None) is not None:
            continue
        if element.tag != "div" or next(element.iterdescendants(*TEXT_BLOCKS, "div"), None) is None:
            yield element


def folded(text: str) -> str:
    return " ".join(text.split())
