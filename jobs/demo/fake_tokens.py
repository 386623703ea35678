"""The fake Search Console's token endpoint: who gets an access token, and for what."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from itertools import count

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Tokens:
    """Access tokens given so far.

    A service account's assertion is believed by its issuer (the signature is not verified); a
    refresh token is good until it is revoked; an authorisation code is good once.
    """

    def __init__(self) -> None:
        self.given: dict[str, str] = {}  # access token -> account
        self.revoked: set[str] = set()  # refresh tokens and issuers that get no more
        self.expired: set[str] = set()  # access tokens that are not accepted any more
        self._codes: set[str] = set()
        self._numbers = count(1)

    def revoke(self, name: str) -> None:
        """Give no more access to this refresh token or service account."""
        self.revoked.add(name)

    def expire_all(self) -> None:
        """Accept none of the access tokens given so far."""
        self.expired.update(self.given)

    def account_of(self, authorization: str) -> str | None:
        """Return whose token an Authorization header carries, None where it is none of ours."""
        token = authorization.removeprefix("Bearer ")
        return None if token in self.expired else self.given.get(token)

    def code(self) -> str:
        """Return an authorisation code, as the consent screen would."""
        made = f"code-{next(self._numbers)}"
        self._codes.add(made)
        return made

    def grant(self, form: Mapping[str, str]) -> tuple[int, dict[str, object]]:
        """Return the status and the body that answer a request for a token."""
        kind = form.get("grant_type", "")
        if kind == JWT_GRANT:
            return self._access(_issuer(form.get("assertion", "")))
        if kind == "refresh_token":
            return self._access(form.get("refresh_token", ""))
        if kind == "authorization_code" and form.get("code") in self._codes:
            self._codes.discard(form["code"])
            status, body = self._access(form["code"])
            return status, {**body, "refresh_token": f"refresh-{form['code']}"}
        return _refused("invalid_grant", "Bad Request")

    def _access(self, account: str) -> tuple[int, dict[str, object]]:
        if not account or account in self.revoked:
            return _refused("invalid_grant", "Token has been expired or revoked.")
        token = f"access-{next(self._numbers)}"
        self.given[token] = account
        return 200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}


def _refused(error: str, description: str) -> tuple[int, dict[str, object]]:
    return 400, {"error": error, "error_description": description}


def _issuer(assertion: str) -> str:
    """Return who an assertion (JWT) says it is from, "" where it is none."""
    try:
        claims = assertion.split(".")[1]
        decoded = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
        return str(json.loads(decoded)["iss"])
    except (IndexError, ValueError, KeyError):
        return ""
