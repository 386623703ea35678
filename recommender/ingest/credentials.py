"""Who Linkwright is to Google: a service account, a person who authorised it, the machine."""

from __future__ import annotations

import json
import os
import stat
import webbrowser
from collections.abc import Mapping
from pathlib import Path

import google.auth
import google.oauth2.credentials
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.oauth2 import service_account
from google_auth_oauthlib.flow import InstalledAppFlow
from oauthlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]

from recommender.config import CredentialsKind, SearchConsoleConfig
from recommender.errors import CredentialsError
from recommender.ingest.file_kinds import kind_of

READ_ONLY = "https://www.googleapis.com/auth/webmasters.readonly"
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, not a secret
_AUTHORISE = "run `linkwright init` to authorise and store a token"
_AGAIN = "download the file again; Google gives keys and clients as JSON"
_TOKEN_FIELDS = ("client_id", "client_secret", "refresh_token")


def load_credentials(config: SearchConsoleConfig) -> Credentials:
    """Return the credentials that the configuration names; none of them is tried out yet.

    Raises CredentialsError where the file is missing, readable by others, no JSON or of another
    kind, or where the machine has no default credentials.
    """
    if config.credentials is CredentialsKind.ADC:
        return default_credentials()
    if config.credentials_file is None:
        raise CredentialsError(
            f"search_console.credentials is {config.credentials} but credentials_file is not set",
            hint="name the service account key, or the token that `linkwright init` stored",
        )
    if config.credentials is CredentialsKind.OAUTH:
        return stored_token(config.credentials_file)
    return service_account_key(config.credentials_file)


def service_account_key(path: Path) -> Credentials:
    """Return the credentials of a service account's key file."""
    content = _read(path)
    _require_kind(path, content, "service_account")
    _require_private(path)
    try:
        credentials: Credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            content, scopes=[READ_ONLY]
        )
    except (ValueError, GoogleAuthError) as error:
        raise CredentialsError(
            f"{path} is no usable service account key: {error}",
            subject=str(path),
            hint="make a new key (JSON) for the service account in Google Cloud",
        ) from error
    return credentials


def stored_token(path: Path) -> Credentials:
    """Return the credentials of a person who authorised Linkwright.

    Built directly: ``from_authorized_user_info`` would ignore the file's ``token_uri``.
    """
    content = _read(path)
    _require_kind(path, content, "authorized_user")
    _require_private(path)
    missing = [name for name in _TOKEN_FIELDS if not content.get(name)]
    if missing:
        raise CredentialsError(
            f"{path} lacks {', '.join(missing)}", subject=str(path), hint=_AUTHORISE
        )
    return google.oauth2.credentials.Credentials(  # type: ignore[no-untyped-call]
        token=None,
        refresh_token=content["refresh_token"],
        token_uri=content.get("token_uri") or TOKEN_URI,
        client_id=content["client_id"],
        client_secret=content["client_secret"],
        scopes=[READ_ONLY],
        account=content.get("account") or "",
    )


def default_credentials() -> Credentials:
    """Return the machine's application default credentials."""
    try:
        credentials, _ = google.auth.default(scopes=[READ_ONLY])
    except DefaultCredentialsError as error:
        raise CredentialsError(
            f"this machine has no application default credentials: {error}",
            hint=f"run `gcloud auth application-default login --scopes={READ_ONLY},"
            "https://www.googleapis.com/auth/cloud-platform`, or use a key or a stored token",
        ) from error
    return credentials


def credentials_kind(path: Path) -> CredentialsKind:
    """Return what kind of credentials a file holds; a key where it cannot be told.

    Raises CredentialsError where it is no JSON file.
    """
    return (
        CredentialsKind.OAUTH
        if _read(path).get("type") == "authorized_user"
        else CredentialsKind.SERVICE_ACCOUNT
    )


def authorise_oauth(
    client_secrets_file: Path,
    token_file: Path,
    *,
    open_browser: bool = True,
    browser: str | None = None,
    timeout_s: int = 600,
) -> None:
    """Let a person authorise Linkwright in a browser and store the token, readable by them alone.

    Serves the answer of the consent screen on a free port of this machine. ``browser`` is a name
    of :mod:`webbrowser`; without a browser the address to open is printed. Raises
    CredentialsError.
    """
    content = _read(client_secrets_file)
    if not {"installed", "web"} & set(content):
        raise CredentialsError(
            f"{client_secrets_file} is no OAuth client: it is {_kind(content)}",
            subject=str(client_secrets_file),
            hint='make an OAuth client of type "Desktop app" in Google Cloud, download its JSON',
        )
    try:
        flow = InstalledAppFlow.from_client_config(content, scopes=[READ_ONLY])
        granted = flow.run_local_server(
            host="127.0.0.1",
            port=0,
            open_browser=open_browser,
            browser=browser,
            timeout_seconds=timeout_s,
            prompt="consent",  # without it, a second authorisation gives no refresh token
        )
    except (
        OAuth2Error,
        GoogleAuthError,
        ValueError,
        AttributeError,
        OSError,
        webbrowser.Error,
    ) as error:
        raise CredentialsError(
            f"Google did not authorise Linkwright: {error}",
            subject=str(client_secrets_file),
            hint="try again and allow read access to Search Console",
        ) from error
    _store(token_file, granted)


def _store(path: Path, granted: google.oauth2.credentials.Credentials) -> None:
    if not granted.refresh_token:
        raise CredentialsError(
            "Google gave no refresh token, so that the next run could not read anything",
            subject=str(path),
            hint="remove Linkwright from the account's connected apps and authorise again",
        )
    content = {
        "type": "authorized_user",
        "client_id": granted.client_id,
        "client_secret": granted.client_secret,
        "refresh_token": granted.refresh_token,
        "token_uri": granted.token_uri,
        "scopes": [READ_ONLY],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=2)
    partial.replace(path)


def _read(path: Path) -> dict[str, str]:
    """Return the JSON object in ``path``."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise CredentialsError(
            f"there is no credentials file {path}",
            subject=str(path),
            hint=f"name the file that Google gave, as credentials_file, or {_AUTHORISE}",
        ) from error
    except OSError as error:
        raise CredentialsError(
            f"{path} cannot be read: {error.strerror or error}",
            subject=str(path),
            hint="make it a JSON file that this user may read",
        ) from error
    try:
        content = json.loads(raw)
    except ValueError as error:
        kind = kind_of(raw)
        said = f"broken: {error}" if kind == "a JSON file" else kind
        raise CredentialsError(
            f"{path} is not JSON, it is {said}", subject=str(path), hint=_AGAIN
        ) from error
    if not isinstance(content, dict):
        raise CredentialsError(f"{path} holds no JSON object", subject=str(path), hint=_AGAIN)
    return content


def _require_private(path: Path) -> None:
    """Refuse a secret that everyone on this machine may read."""
    if os.name == "posix" and path.stat().st_mode & stat.S_IRWXO:
        raise CredentialsError(
            f"{path} can be read by everyone on this machine",
            subject=str(path),
            hint=f"run `chmod 600 {path}`",
        )


def _require_kind(path: Path, content: Mapping[str, object], wanted: str) -> None:
    found = str(content.get("type", ""))
    if found == wanted:
        return
    hints = {
        "service_account": "set `credentials: service_account` under search_console",
        "authorized_user": "set `credentials: oauth` under search_console",
    }
    raise CredentialsError(
        f"{path} is {_kind(content)}, not {_KINDS[wanted]}",
        subject=str(path),
        hint=hints.get(found, _AUTHORISE if wanted == "authorized_user" else _KEY_HINT),
    )


def _kind(content: Mapping[str, object]) -> str:
    if {"installed", "web"} & set(content):
        return "an OAuth client"
    return _KINDS.get(str(content.get("type", "")), "something else")


_KINDS = {"service_account": "a service account key", "authorized_user": "an authorised token"}
_KEY_HINT = "make a key (JSON) for a service account in Google Cloud"
