"""Delivery into a folder: an .eml per recipient, and the HTML to open in a browser."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from recommender.errors import TransportError
from recommender.models import Message
from recommender.notify.mail import as_mail

NO_SENDER = "Linkwright <linkwright@localhost>"
"""From of a file where no mail server, and so no sender, is configured."""

NO_RECIPIENT = "reader@localhost"
"""Recipient to deliver to where a folder is all that is configured."""


class FolderNotifier:
    """Writes messages as files, each whole or not at all; the same digest replaces itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(
        self, message: Message, recipient: str, *, handing_over: Callable[[], None]
    ) -> None:
        """Write MESSAGE.html and MESSAGE.RECIPIENT.eml, named after the Message-ID.

        Raises TransportError where the folder cannot be written.
        """
        sender = message.sender or NO_SENDER
        mail = as_mail(replace(message, sender=sender), recipient, sent_at=datetime.now(UTC))
        name = file_name(message.message_id.strip("<>").partition("@")[0])
        handing_over()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(self._folder / f"{name}.html", message.html.encode("utf-8", "replace"))
            _write(self._folder / f"{name}.{file_name(recipient)}.eml", mail.as_bytes())
        except OSError as error:
            raise TransportError(
                f"the digest cannot be written to {self._folder}: {error}",
                subject=recipient,
                hint="make the folder writable, or name another in digest.folder",
            ) from error


def file_name(text: str) -> str:
    """Return ``text`` as a file name: letters, digits and ``@ + . _ -`` kept, others replaced.

    A hash is added where something was replaced, so that two texts keep two names.
    """
    safe = re.sub(r"[^A-Za-z0-9@+._-]+", "_", text).lstrip(".")[:120]
    return safe if safe == text else f"{safe}-{sha256(text.encode()).hexdigest()[:8]}"


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole, or not at all, even after a power cut."""
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
