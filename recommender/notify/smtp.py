"""Delivery by SMTP: one transaction per recipient, so that each outcome is known by itself."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from recommender.config import SmtpConfig
from recommender.errors import TransportError
from recommender.models import Message
from recommender.notify.mail import as_mail, bare_address

AUTHENTICATION_REQUIRED = 530
"""RFC 4954: permanent for the session, mended by a login; never the recipient's fault."""


class SmtpNotifier:
    """Hands messages to the configured mail server."""

    def __init__(self, config: SmtpConfig, *, password: str) -> None:
        self._config = config
        self._password = password

    def deliver(
        self, message: Message, recipient: str, *, handing_over: Callable[[], None]
    ) -> None:
        """Hand ``message`` to ``recipient``; ``handing_over`` is called right before DATA.

        Raises TransportError: ``permanent`` where the server refuses this recipient or this
        message for good, ``unknown`` where the connection broke before the answer to the content.
        A login, certificate or connection that fails is neither: it can be mended.
        """
        content = as_mail(message, recipient, sent_at=datetime.now(UTC)).as_bytes()
        with self._session(recipient) as server:
            self._envelope(server, bare_address(message.sender), bare_address(recipient))
            handing_over()
            _hand_over(server, content, recipient)

    def check(self) -> None:
        """Connect and log in, and send nothing. Raises TransportError."""
        with self._session(""):
            pass

    @contextlib.contextmanager
    def _session(self, recipient: str) -> Iterator[smtplib.SMTP]:
        """Yield a connection after EHLO, STARTTLS and login; closing it never fails."""
        where = f"{self._config.host}:{self._config.port}"
        try:
            server = self._connected()
        except (smtplib.SMTPException, OSError) as error:
            raise _not_connected(error, where, self._config, recipient) from error
        try:
            yield server
        finally:
            # The message is taken or not by now: a failing QUIT changes nothing.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        config = self._config
        context = ssl.create_default_context(cafile=config.ca_file)
        if config.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                config.host, config.port, timeout=config.timeout_s, context=context
            )
        else:
            server = smtplib.SMTP(config.host, config.port, timeout=config.timeout_s)
        try:
            server.ehlo_or_helo_if_needed()
            if config.security == "starttls":
                server.starttls(context=context)
                server.ehlo()
            if config.username:
                server.login(config.username, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def _envelope(self, server: smtplib.SMTP, sender: str, recipient: str) -> None:
        """Name sender and recipient."""
        try:
            code, reply = server.mail(sender)
            if code != 250:
                raise _refused("the sender", sender, code, reply, permanent=False)
            code, reply = server.rcpt(recipient)
        except (smtplib.SMTPException, OSError) as error:
            raise TransportError(
                f"the mail server broke off before the message: {error}",
                subject=recipient,
                hint="nothing was sent; the next run tries again",
            ) from error
        if code not in (250, 251):
            permanent = code >= 500 and code != AUTHENTICATION_REQUIRED
            raise _refused("the recipient", recipient, code, reply, permanent=permanent)


def _hand_over(server: smtplib.SMTP, content: bytes, recipient: str) -> None:
    """Send the content and wait for the server's word on it."""
    reply: bytes | str
    try:
        code, reply = server.data(content)
    except smtplib.SMTPDataError as error:  # the server did not want to hear the content
        code, reply = error.smtp_code, error.smtp_error
    except (smtplib.SMTPException, OSError) as error:
        raise TransportError(
            f"the connection broke while the message was handed over; whether {recipient} got it "
            f"is unknown: {error}",
            subject=recipient,
            hint="ask the recipient; it is not sent again by itself",
            unknown=True,
        ) from error
    if code != 250:
        raise _refused("the message for", recipient, code, reply, permanent=code >= 500)


def _refused(
    what: str, subject: str, code: int, reply: bytes | str, *, permanent: bool
) -> TransportError:
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    said = " ".join(words.split())
    return TransportError(
        f"the mail server refused {what} {subject}: {code} {said}",
        subject=subject,
        hint="correct the address in digest.recipients"
        if permanent
        else "the next run tries again; if it stays so, check the smtp section",
        permanent=permanent,
    )


def _not_connected(
    error: Exception, where: str, config: SmtpConfig, recipient: str
) -> TransportError:
    """Return what kept the session from starting, and what to do about it."""
    hint = f"check smtp.host, smtp.port and smtp.security (now {config.security})"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        hint = f"check smtp.username and the password in {config.password_env}"
    elif isinstance(error, ssl.SSLCertVerificationError):
        hint = "name the authority's certificate in smtp.ca_file, or use the name it is made for"
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        hint = "the server does not offer what smtp.security or smtp.username asks for"
    elif isinstance(error, FileNotFoundError):
        hint = f"smtp.ca_file is {config.ca_file}"
    return TransportError(
        f"no session with the mail server {where}: {error}", subject=recipient, hint=hint
    )
