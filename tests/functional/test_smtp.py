"""The SMTP notifier against a real server on loopback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from recommender.config import SmtpConfig
from recommender.errors import TransportError
from recommender.models import Message
from recommender.notify.smtp import SmtpNotifier
from tests.mail_server import PASSWORD, USERNAME, Mailbox, certificate, free_port, serving

READER = "reader@pedalworks.example"
MESSAGE = Message(
    subject="Linkwright, pedalworks: 9 links to write for 3 pages, natürlich",
    text="Clean your chain. Øl på kæden. 🚲\n.a line that starts with a dot\nFrom here on\n",
    html="<p>Clean your <b>chain</b>. 🚲</p>" + "<p>a long line</p>" * 200,
    sender="Linkwright <links@pedalworks.example>",
    message_id="<linkwright.pedalworks.2026-W47@www.pedalworks.example>",
)


def plain_config(port: int, **changes: object) -> SmtpConfig:
    return SmtpConfig.model_validate(
        {"host": "127.0.0.1", "port": port, "security": "none", "timeout_s": 5, **changes}
    )


class Steps:
    """Counts hand-overs, and what the server had taken at the first."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.taken_before: list[int] = []

    def __call__(self) -> None:
        self.taken_before.append(len(self.mailbox.taken))


def received(mailbox: Mailbox) -> EmailMessage:
    (envelope,) = mailbox.taken
    content = envelope.content
    assert isinstance(content, bytes)
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_a_mail_arrives_with_both_alternatives_whole() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        SmtpNotifier(plain_config(port), password="").deliver(
            MESSAGE, READER, handing_over=Steps(mailbox)
        )
    mail = received(mailbox)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert html.get_content().strip() == MESSAGE.html
    assert mail["Subject"] == MESSAGE.subject
    assert mail.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in mail.iter_parts()] == ["text/plain", "text/html"]


def test_the_headers_say_what_the_mail_is() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        SmtpNotifier(plain_config(port), password="").deliver(
            MESSAGE, READER, handing_over=Steps(mailbox)
        )
    mail = received(mailbox)
    assert mail["Message-ID"] == MESSAGE.message_id
    assert mail["To"] == READER
    assert mail["From"] == MESSAGE.sender
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"].endswith("<linkwright.pedalworks.www.pedalworks.example>")
    assert mail["Date"].datetime.tzinfo is not None
    (envelope,) = mailbox.taken
    assert envelope.mail_from == "links@pedalworks.example"
    assert envelope.rcpt_tos == [READER]


def test_handing_over_is_called_once_before_the_server_has_the_content() -> None:
    mailbox = Mailbox()
    steps = Steps(mailbox)
    with serving(mailbox) as port:
        SmtpNotifier(plain_config(port), password="").deliver(MESSAGE, READER, handing_over=steps)
    assert steps.taken_before == [0]
    assert len(mailbox.taken) == 1
    assert mailbox.quits == 1


@pytest.mark.parametrize(
    ("reply", "permanent"),
    [
        ("550 no such mailbox", True),
        ("553 name not allowed", True),
        ("451 try later", False),
        ("450 greylisted", False),
        ("530 authentication required", False),
    ],
)
def test_a_refused_recipient_is_permanent_only_with_a_5xx_of_its_own(
    reply: str, *, permanent: bool
) -> None:
    mailbox = Mailbox(recipient_reply=reply)
    error, steps = failed(mailbox)
    assert error.permanent is permanent
    assert not error.unknown
    assert steps.taken_before == []
    assert reply in error.message
    assert READER in error.message


def test_a_refused_sender_is_not_the_recipients_fault() -> None:
    error, steps = failed(Mailbox(sender_reply="550 who are you"))
    assert not error.permanent
    assert "links@pedalworks.example" in error.message
    assert steps.taken_before == []


def test_a_connection_cut_before_the_content_may_be_tried_again() -> None:
    error, steps = failed(Mailbox(cut_at_recipient=True))
    assert not error.permanent
    assert not error.unknown
    assert steps.taken_before == []


def test_a_connection_cut_during_the_content_leaves_the_outcome_unknown() -> None:
    mailbox = Mailbox(cut_at_content=True)
    error, steps = failed(mailbox)
    assert error.unknown
    assert not error.permanent
    assert "unknown" in error.message
    assert steps.taken_before == [0]
    assert len(mailbox.taken) == 1  # it was taken: sending again would have doubled it


@pytest.mark.parametrize(
    ("reply", "permanent"), [("554 looks like spam", True), ("452 disk full", False)]
)
def test_content_that_is_refused_in_so_many_words_is_not_unknown(
    reply: str, *, permanent: bool
) -> None:
    error, steps = failed(Mailbox(content_reply=reply))
    assert error.permanent is permanent
    assert not error.unknown
    assert steps.taken_before == [0]


def test_nobody_listening_may_be_tried_again() -> None:
    notifier = SmtpNotifier(plain_config(free_port()), password="")
    with pytest.raises(TransportError) as caught:
        notifier.deliver(MESSAGE, READER, handing_over=never)
    assert not caught.value.permanent
    assert "smtp.port" in caught.value.hint


def test_starttls_with_login_delivers(tmp_path: Path) -> None:
    mailbox = Mailbox()
    authority, context = certificate(tmp_path)
    with serving(
        mailbox,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=mailbox.authenticate,
    ) as port:
        config = plain_config(port, security="starttls", username=USERNAME, ca_file=authority)
        SmtpNotifier(config, password=PASSWORD).deliver(
            MESSAGE, READER, handing_over=Steps(mailbox)
        )
    assert mailbox.logins == [USERNAME.encode()]
    assert received(mailbox)["To"] == READER


def test_a_wrong_password_is_never_permanent_and_names_where_it_comes_from(tmp_path: Path) -> None:
    mailbox = Mailbox()
    authority, context = certificate(tmp_path)
    with serving(
        mailbox,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=mailbox.authenticate,
    ) as port:
        config = plain_config(port, security="starttls", username=USERNAME, ca_file=authority)
        with pytest.raises(TransportError) as caught:
            SmtpNotifier(config, password="battery staple").deliver(
                MESSAGE, READER, handing_over=never
            )
    assert not caught.value.permanent
    assert "LINKWRIGHT_SMTP_PASSWORD" in caught.value.hint
    assert "battery staple" not in str(caught.value)
    assert mailbox.taken == []


def test_tls_from_the_start_delivers(tmp_path: Path) -> None:
    mailbox = Mailbox()
    authority, context = certificate(tmp_path)
    with serving(mailbox, ssl_context=context) as port:
        config = plain_config(port, security="tls", ca_file=authority)
        SmtpNotifier(config, password="").deliver(MESSAGE, READER, handing_over=Steps(mailbox))
    assert len(mailbox.taken) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9"])
def test_a_certificate_that_is_unknown_or_for_another_host_stops_the_mail(
    tmp_path: Path, address: str
) -> None:
    mailbox = Mailbox()
    authority, context = certificate(tmp_path, address=address)
    known = address != "127.0.0.1"
    with serving(mailbox, tls_context=context) as port:
        config = plain_config(port, security="starttls", ca_file=authority if known else None)
        with pytest.raises(TransportError) as caught:
            SmtpNotifier(config, password="").deliver(MESSAGE, READER, handing_over=never)
    assert "smtp.ca_file" in caught.value.hint
    assert mailbox.taken == []


def test_a_server_without_starttls_gets_nothing_in_clear() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        config = plain_config(port, security="starttls", username=USERNAME)
        with pytest.raises(TransportError) as caught:
            SmtpNotifier(config, password=PASSWORD).deliver(MESSAGE, READER, handing_over=never)
    assert mailbox.logins == []
    assert mailbox.taken == []
    assert "smtp.security" in caught.value.hint


def test_a_missing_ca_file_is_named(tmp_path: Path) -> None:
    config = plain_config(free_port(), security="starttls", ca_file=tmp_path / "missing.pem")
    with pytest.raises(TransportError) as caught:
        SmtpNotifier(config, password="").deliver(MESSAGE, READER, handing_over=never)
    assert "missing.pem" in caught.value.hint


def test_check_connects_and_sends_nothing() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        SmtpNotifier(plain_config(port), password="").check()
    assert mailbox.taken == []
    assert mailbox.quits == 1


@pytest.mark.parametrize(
    "recipient", ["a@example.com\r\nBcc: b@example.com", "nobody", "jürgen@example.com", ""]
)
def test_an_address_that_cannot_stand_in_a_header_is_refused_before_connecting(
    recipient: str,
) -> None:
    notifier = SmtpNotifier(plain_config(free_port()), password="")
    with pytest.raises(TransportError) as caught:
        notifier.deliver(MESSAGE, recipient, handing_over=never)
    assert caught.value.permanent
    assert "digest.recipients" in caught.value.hint


def test_a_line_break_in_a_subject_never_becomes_a_header() -> None:
    broken = replace(MESSAGE, subject="nine links\r\nBcc: someone@example.com")
    with pytest.raises(TransportError) as caught:
        SmtpNotifier(plain_config(free_port()), password="").deliver(
            broken, READER, handing_over=never
        )
    assert caught.value.permanent


def failed(mailbox: Mailbox) -> tuple[TransportError, Steps]:
    """Deliver to a server that misbehaves; return the error and the hand-overs."""
    steps = Steps(mailbox)
    with serving(mailbox) as port, pytest.raises(TransportError) as caught:
        SmtpNotifier(plain_config(port), password="").deliver(MESSAGE, READER, handing_over=steps)
    return caught.value, steps


def _never() -> None:
    pytest.fail("nothing may be handed over")


never: Callable[[], None] = _never
