"""What every Notifier keeps: one delivery, one hand-over, and an error that can be acted on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from email import message_from_bytes, message_from_string
from email.policy import default
from pathlib import Path

import pytest

from recommender.config import SmtpConfig
from recommender.errors import TransportError
from recommender.models import Message
from recommender.notify.folder import NO_RECIPIENT, FolderNotifier
from recommender.notify.smtp import SmtpNotifier
from recommender.ports import Notifier
from tests.fakes import FakeNotifier
from tests.mail_server import Mailbox, serving

MESSAGE = Message(
    subject="Linkwright, pedalworks: nothing to write this week",
    text="Nothing to write this week.\n",
    html="<p>Nothing to write this week.</p>",
    sender="links@pedalworks.example",
    message_id="<linkwright.pedalworks.2026-W47@www.pedalworks.example>",
)


@dataclass
class Delivered:
    """A notifier, and how to see what it delivered as (recipient, subject)."""

    notifier: Notifier
    seen: Callable[[], list[tuple[str, str]]]


@contextmanager
def by_smtp(_folder: Path) -> Iterator[Delivered]:
    mailbox = Mailbox()

    def seen() -> list[tuple[str, str]]:
        mails = [message_from_bytes(bytes(e.content or b""), policy=default) for e in mailbox.taken]
        return [(str(mail["To"]), str(mail["Subject"])) for mail in mails]

    with serving(mailbox) as port:
        config = SmtpConfig.model_validate({"host": "127.0.0.1", "port": port, "security": "none"})
        yield Delivered(SmtpNotifier(config, password=""), seen)


@contextmanager
def by_folder(folder: Path) -> Iterator[Delivered]:
    def seen() -> list[tuple[str, str]]:
        texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.eml"))]
        mails = [message_from_string(text, policy=default) for text in texts]
        return [(str(mail["To"]), str(mail["Subject"])) for mail in mails]

    yield Delivered(FolderNotifier(folder), seen)


@contextmanager
def by_fake(_folder: Path) -> Iterator[Delivered]:
    fake = FakeNotifier()
    yield Delivered(fake, lambda: [(to, message.subject) for to, message in fake.delivered])


@pytest.fixture(params=[by_smtp, by_folder, by_fake])
def delivered(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Delivered]:
    with request.param(tmp_path / "digests") as made:
        yield made


def test_each_recipient_gets_the_message_once(delivered: Delivered) -> None:
    for recipient in ("a@example.com", "b@example.com"):
        delivered.notifier.deliver(MESSAGE, recipient, handing_over=lambda: None)
    assert sorted(delivered.seen()) == [
        ("a@example.com", MESSAGE.subject),
        ("b@example.com", MESSAGE.subject),
    ]


def test_handing_over_is_called_once_before_anything_is_delivered(delivered: Delivered) -> None:
    seen_before: list[int] = []
    delivered.notifier.deliver(
        MESSAGE, "a@example.com", handing_over=lambda: seen_before.append(len(delivered.seen()))
    )
    assert seen_before == [0]


def test_an_error_in_handing_over_keeps_the_message_here(delivered: Delivered) -> None:
    def cannot_record() -> None:
        raise LookupError("the database is gone")

    with pytest.raises(LookupError):
        delivered.notifier.deliver(MESSAGE, "a@example.com", handing_over=cannot_record)
    assert delivered.seen() == []


def test_the_folder_holds_the_html_and_a_mail_named_after_period_and_reader(
    tmp_path: Path,
) -> None:
    FolderNotifier(tmp_path).deliver(MESSAGE, "a@example.com", handing_over=lambda: None)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "linkwright.pedalworks.2026-W47.a@example.com.eml",
        "linkwright.pedalworks.2026-W47.html",
    ]
    html = tmp_path / "linkwright.pedalworks.2026-W47.html"
    assert html.read_text(encoding="utf-8") == MESSAGE.html


def test_the_same_digest_replaces_its_files(tmp_path: Path) -> None:
    for _ in range(2):
        FolderNotifier(tmp_path).deliver(MESSAGE, "a@example.com", handing_over=lambda: None)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_needs_neither_sender_nor_reader_to_be_configured(tmp_path: Path) -> None:
    FolderNotifier(tmp_path).deliver(
        replace(MESSAGE, sender=""), NO_RECIPIENT, handing_over=lambda: None
    )
    (path,) = tmp_path.glob("*.eml")
    assert "From: Linkwright <linkwright@localhost>" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "recipient", ["a/../../b@example.com", "/etc/b@example.com", "..@example.com"]
)
def test_no_reader_writes_outside_the_folder(tmp_path: Path, recipient: str) -> None:
    folder = tmp_path / "inner" / "digests"
    with suppress(TransportError):  # some are no addresses at all
        FolderNotifier(folder).deliver(MESSAGE, recipient, handing_over=lambda: None)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.parent != folder] == []


def test_a_folder_that_cannot_be_written_is_named_and_may_be_tried_again(tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("not a folder", encoding="utf-8")
    with pytest.raises(TransportError) as caught:
        FolderNotifier(blocked).deliver(MESSAGE, "a@example.com", handing_over=lambda: None)
    assert not caught.value.permanent
    assert not caught.value.unknown
    assert "a-file" in caught.value.message
    assert "digest.folder" in caught.value.hint
