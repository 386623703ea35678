"""Requests to Search Console, signed; see docs/decisions/one-http-signer.md."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from datetime import datetime

import google_auth_httplib2  # type: ignore[import-untyped]
import httplib2
from google.auth.credentials import Credentials, with_scopes_if_required

from recommender.ingest.credentials import READ_ONLY
from recommender.ingest.search_refusals import instant

CONNECTION_ERRORS = (OSError, httplib2.HttpLib2Error, http.client.HTTPException)


class SignedHttp:
    """Requests that carry the account's access token; an answer 401 renews it once.

    Does what google_auth_httplib2.AuthorizedHttp does but for its lookup of the account's region,
    which talks to a third host from a thread of its own, whatever ``endpoint`` says.
    """

    def __init__(self, credentials: Credentials, *, timeout_s: float) -> None:
        self.credentials: Credentials = with_scopes_if_required(  # type: ignore[no-untyped-call]
            credentials, [READ_ONLY]
        )
        self._http = httplib2.Http(timeout=timeout_s)
        self.answered_at: datetime | None = None  # by the service's clock
        self._renewing = google_auth_httplib2.Request(self._http)

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> tuple[httplib2.Response, bytes]:
        """Send a request and return its answer, signed."""
        if not self.credentials.valid:
            self._renew()
        answer = self._send(uri, method, body, headers)
        if answer[0].status == http.client.UNAUTHORIZED:
            self._renew()
            answer = self._send(uri, method, body, headers)
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _renew(self) -> None:
        self.credentials.refresh(self._renewing)  # type: ignore[no-untyped-call]

    def _send(
        self, uri: str, method: str, body: str | None, headers: Mapping[str, str] | None
    ) -> tuple[httplib2.Response, bytes]:
        signed = dict(headers or {})
        self.credentials.apply(signed)  # type: ignore[no-untyped-call]
        try:
            response, content = self._http.request(uri, method, body=body, headers=signed)
        except CONNECTION_ERRORS:
            self._http.close()  # the next attempt would fail on what is left of the connection
            raise
        self.answered_at = instant(response.get("date"))
        return response, bytes(content)
