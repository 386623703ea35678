"""What a refusal of Search Console means: an error to end with, and whether to try again first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from google.auth.exceptions import GoogleAuthError
from googleapiclient.errors import HttpError

from recommender.errors import (
    CredentialsError,
    PropertyForbidden,
    QuotaExhausted,
    SearchConsoleError,
    SearchConsoleUnavailable,
)

LOAD_QUOTA_WAIT_S = 15 * 60.0  # "wait 15 minutes": Google's advice on the load quota
PUBLISH_HINT = (
    "authorise again with `linkwright init`; if this comes back every week, publish the OAuth app: "
    'while its consent screen is in "Testing", tokens expire after 7 days'
)
_RATE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_DAILY_REASONS = frozenset({"dailyLimitExceeded", "dailyLimitExceededUnreg"})
_NOT_ENABLED = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_SCOPE_MISSING = "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
_PASSING_STATUS = frozenset({408, 500, 502, 503, 504})


class Passing(Exception):
    """A refusal that may pass: ``after_s`` is the wait asked for, ``final`` raised if it stays."""

    def __init__(self, final: SearchConsoleError, *, after_s: float | None = None) -> None:
        super().__init__(final.message)
        self.final = final
        self.after_s = after_s


class QuotaUsedUp(Passing):
    """The load quota is used up: worth one long wait per pull."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """What an error answer says."""

    status: int
    message: str
    reasons: frozenset[str]
    after_s: float | None


def of_response(error: HttpError, property_url: str, account: str) -> Exception:
    """Return what to raise for an error answer: a SearchConsoleError, or Passing to try again."""
    refusal = _read(error)
    if refusal.status == 401:
        return CredentialsError(
            f"Search Console does not accept the credentials: {refusal.message}",
            subject=account,
            hint="authorise again with `linkwright init`, or make a new key",
        )
    if refusal.status == 429 or refusal.reasons & _RATE_REASONS:
        return _too_fast(refusal, property_url)
    if refusal.status == 403:
        return _of_403(refusal, property_url, account)
    if refusal.status in _PASSING_STATUS:
        return _passing(_unavailable(f"answered {refusal.status}", property_url), refusal)
    return SearchConsoleError(
        f"Search Console refuses the request for {property_url} "
        f"({refusal.status}): {refusal.message}",
        subject=property_url,
        hint="check `property`, `search_type`, `countries` and `devices` under search_console",
    )


def of_authentication(error: GoogleAuthError, account: str) -> Exception:
    """Return what to raise where no access token was to be had."""
    if error.retryable:
        return Passing(_unavailable(f"gave no access token ({error})", account))
    revoked = "invalid_grant" in str(error)
    if revoked and account:
        hint = "check that the key still exists and that this machine's clock is right"
    elif revoked:
        hint = PUBLISH_HINT
    else:
        hint = "check credentials and credentials_file under search_console"
    return CredentialsError(
        f"Google gives no access token: {_sentence(error)}", subject=account, hint=hint
    )


def of_connection(error: Exception, property_url: str) -> Passing:
    """Return what to raise where no complete answer came."""
    return Passing(_unavailable(f"cannot be reached ({_sentence(error)})", property_url))


def of_malformed(answer: object, property_url: str) -> Passing:
    """Return what to raise for an answer that is not the JSON object it should be."""
    shown = str(answer)[:60]
    return Passing(
        _unavailable(f"answered something that is not a JSON object: {shown!r}", property_url)
    )


def forbidden(property_url: str, account: str) -> PropertyForbidden:
    """Return the error of an account that may not read the property, naming both."""
    who = account or "the authorised account"
    return PropertyForbidden(
        f"{who} may not read the property {property_url}",
        subject=property_url,
        hint=f"in Search Console, open {property_url}, Settings, Users and permissions, and add "
        f"{account or 'the account'} with restricted permission; a URL-prefix property ends in a "
        "slash, a domain property is written sc-domain:example.com",
    )


def _of_403(refusal: _Refusal, property_url: str, account: str) -> Exception:
    if refusal.reasons & _DAILY_REASONS:
        return _quota_exhausted(refusal, property_url)
    if "quotaExceeded" in refusal.reasons:
        return QuotaUsedUp(_quota_exhausted(refusal, property_url), after_s=LOAD_QUOTA_WAIT_S)
    if refusal.reasons & _NOT_ENABLED:
        return CredentialsError(
            f"the Search Console API is not enabled: {refusal.message}",
            subject=account,
            hint="enable it in the Google Cloud project that the credentials belong to",
        )
    if _SCOPE_MISSING in refusal.reasons:
        return CredentialsError(
            f"the credentials do not cover Search Console: {refusal.message}",
            subject=account,
            hint="authorise again with the scope webmasters.readonly",
        )
    return forbidden(property_url, account)


def _too_fast(refusal: _Refusal, property_url: str) -> Exception:
    final = _quota_exhausted(refusal, property_url)
    return _passing(final, refusal)


def _passing(final: SearchConsoleError, refusal: _Refusal) -> Exception:
    """Return Passing, or ``final`` itself where the service asks for a very long wait."""
    if refusal.after_s is not None and refusal.after_s > LOAD_QUOTA_WAIT_S:
        return final
    return Passing(final, after_s=refusal.after_s)


def _quota_exhausted(refusal: _Refusal, property_url: str) -> QuotaExhausted:
    return QuotaExhausted(
        f"Search Console's quota for {property_url} is used up: {refusal.message}",
        subject=property_url,
        hint="what was read is kept; the next run goes on from there",
    )


def _unavailable(what: str, subject: str) -> SearchConsoleUnavailable:
    return SearchConsoleUnavailable(
        f"Search Console {what}",
        subject=subject,
        hint="what was read is kept; run again later",
    )


def _read(error: HttpError) -> _Refusal:
    """Return the refusal in ``error``; the body is Google's error object, or anything at all."""
    try:
        body = json.loads(error.content)["error"]
        details = [*body.get("errors", ()), *body.get("details", ())]
        reasons = {detail.get("reason", "") for detail in details}
        message = str(body.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        reasons, message = set(), ""
    return _Refusal(
        status=int(error.resp.status),
        message=message or str(error.resp.reason),
        reasons=frozenset(reasons),
        after_s=_retry_after_s(error.resp.get("retry-after"), error.resp.get("date")),
    )


def _retry_after_s(value: str | None, answered: str | None) -> float | None:
    """Return the seconds that Retry-After asks for; a date counts from the answer's own Date."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    until, said = instant(value), instant(answered)
    return None if until is None or said is None else max(0.0, (until - said).total_seconds())


def instant(value: str | None) -> datetime | None:
    """Return the instant that a header of HTTP says, None where it says none."""
    try:
        found = parsedate_to_datetime(value or "")
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _sentence(error: Exception) -> str:
    """Return the error's first argument as text, or its kind where it says nothing."""
    return str(error.args[0]) if error.args and str(error.args[0]) else type(error).__name__
