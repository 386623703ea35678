"""A message as a mail: headers and the two alternatives, text and HTML."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from recommender.errors import TransportError
from recommender.models import Message


def as_mail(message: Message, recipient: str, *, sent_at: datetime) -> EmailMessage:
    """Return the mail for one recipient, with the same Message-ID each time it is built.

    Raises TransportError (permanent) where a header cannot be written, a line break in a subject
    for one.
    """
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = _mailbox(message.sender)
        mail["To"] = _mailbox(recipient)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(sent_at)
        mail["Message-ID"] = message.message_id
        mail["List-Id"] = f"Linkwright digest <{list_id(message.message_id)}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notices in return
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        mail.as_bytes()  # headers are folded here, and may prove unwritable
    except (ValueError, IndexError) as error:
        raise TransportError(
            f"the mail for {recipient!r} cannot be written: {error}",
            subject=recipient,
            hint="check digest.recipients and smtp.sender in the configuration",
            permanent=True,
        ) from error
    return mail


def list_id(message_id: str) -> str:
    """Return the list that a Message-ID belongs to: the id without its period (RFC 2919)."""
    local, _, host = message_id.strip("<>").partition("@")
    return f"{re.sub(r'[.]?[0-9]{4}-W[0-9]{2}$', '', local)}.{host or 'linkwright.invalid'}"


def bare_address(mailbox: str) -> str:
    """Return the address of a mailbox: "links@example.com" of "Links <links@example.com>"."""
    return parseaddr(mailbox)[1]


def _mailbox(text: str) -> Address:
    name, address = parseaddr(text)
    whole = not re.search(r"[\x00-\x1f\x7f]", text)  # a line break would start another header
    if not whole or not re.fullmatch(r"[!-~]+@[!-~]+", address):
        raise ValueError(f"{text!r} is not a mail address of ASCII letters")
    return Address(display_name=name, addr_spec=address)
