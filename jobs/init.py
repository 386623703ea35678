"""Writes the first configuration: short, commented, valid, and never over an existing file."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import click
import yaml

from jobs.config_file import parse_config
from jobs.doctor import examine
from jobs.questions import Answers, completed
from jobs.request import Request
from jobs.wiring import export_source
from recommender.errors import ConfigError
from recommender.ingest.credentials import authorise_oauth, credentials_kind, load_credentials

TEMPLATE = """\
# Linkwright's configuration. Every other key has a default: config.example.yaml shows them all.
# Relative paths start at the folder of this file.

data_dir: ./data  # folder for facts, decisions and files

properties:
  - name: {name}  # short name, used for files and --property
    site: {site}  # where the crawl begins

    search_console:
      source: {source}  # api, export, bulk, bigquery or none: text and links alone
{access}
    crawl:
      delay_s: 0.5  # seconds between two requests
      max_pages: 100000  # where a crawl ends

    recommend:
      edits_per_week: 12  # in one digest
      links_per_target: 4  # new links to one page

    digest:
      recipients: {recipients}  # mail addresses; empty: files only

# The mail server; with an empty host the digest is written to files. The password is read from
# the environment variable LINKWRIGHT_SMTP_PASSWORD and never stands in this file.
smtp:
  host: {host}
  port: 587  # with starttls; 465 with `security: tls`
  username: ""  # empty: no login
  sender: {sender}  # From address; empty: the username
"""


def initialise(request: Request, given: Answers, *, check: bool) -> int:
    """Write a configuration and, with ``check``, look whether it works; return the exit code.

    Asks at the terminal for what is not given. Authorises in the browser first where an OAuth
    client is given. Raises as :func:`write_config`.
    """
    path = request.config_path
    if path.exists():
        raise _taken(path)
    answers = _identified(completed(given), path.parent, look=check)
    write_config(path, answers, try_access=check)
    click.echo(f"{path} is written.")
    code = examine(request, as_json=False, fresh=True) if check else 0
    following = "daily" if check else "doctor"
    click.echo(
        f"Next: linkwright {following}"
        if not code
        else "Mend what failed, in that file or where it says, then run: linkwright doctor"
    )
    return code


def _identified(answers: Answers, folder: Path, *, look: bool) -> Answers:
    """Return the answers with the credentials named, after signing in where a client is given."""
    file = answers.credentials_file
    if answers.client_secrets is not None:
        token = file or folder / "search-console-token.json"
        authorise_oauth(answers.client_secrets, token)
        return replace(answers, credentials="oauth", credentials_file=token)
    if look and file is not None and answers.credentials is None:
        return replace(answers, credentials=str(credentials_kind(file)))
    return answers


def write_config(path: Path, answers: Answers, *, try_access: bool = False) -> None:
    """Write a configuration for one site to ``path``.

    A site without a scheme gets https; without a name it is called after its host. Raises
    ConfigError where a value is not valid or the file exists, ExportUnreadable where an export is
    none or of another site, and with ``try_access`` CredentialsError where the key or token is
    missing or of another kind; then nothing is written.
    """
    address = answers.site if "://" in answers.site else f"https://{answers.site}"
    recipients = answers.recipients
    text = TEMPLATE.format(
        name=_quoted(answers.name or name_from(address)),
        site=_quoted(address),
        source=_quoted(answers.search_source),
        access=_access(path, answers),
        recipients="[" + ", ".join(_quoted(r) for r in recipients) + "]",
        host=_quoted(answers.smtp_host),
        sender=_quoted(recipients[0] if recipients and answers.smtp_host else ""),
    )
    config = parse_config(text, path)
    if answers.export is not None:
        export_source(config.properties[0]).exports()
    if try_access and answers.credentials is not None:
        load_credentials(config.properties[0].search_console)
    _write_new(path, text)


def name_from(site: str) -> str:
    """Return a short name for a site: its host without ``www.`` and without the last label."""
    try:
        host = (urlsplit(site).hostname or "").removeprefix("www.").encode("idna").decode("ascii")
    except ValueError:  # not an address; the configuration's own check says so
        host = ""
    labels = host.split(".")
    if len(labels) > 1 and not labels[-1].isdigit():
        labels = labels[:-1]
    return re.sub(r"[^a-z0-9-]+", "-", "-".join(labels)).strip("-") or "site"


def _access(path: Path, answers: Answers) -> str:
    """Return the lines that say how Search Console is read; what is not given is commented out."""
    lines: tuple[tuple[str, str | None, str, str], ...] = (
        (
            "path",
            _from_folder(answers.export, path.parent),
            "./export.zip",
            "with source export: the ZIP, or a folder of several",
        ),
        ("property", answers.property_url, "sc-domain:example.com", "as Search Console spells it"),
        ("credentials", answers.credentials, "service_account", "service_account, oauth or adc"),
        (
            "credentials_file",
            _from_folder(answers.credentials_file, path.parent),
            "./service-account.json",
            "key of the service account, or the stored OAuth token",
        ),
    )
    if answers.endpoint is not None:
        lines = (*lines, ("endpoint", answers.endpoint, "", "where the service is asked"))
    return "".join(
        f"      {key}: {_quoted(value)}  # {meaning}\n"
        if value
        else f"      # {key}: {example}  # {meaning}\n"
        for key, value, example, meaning in lines
    )


def _from_folder(file: Path | None, folder: Path) -> str | None:
    """Return the path as it must stand in a configuration in ``folder``."""
    if file is None:
        return None
    absolute = Path(os.path.abspath(file.expanduser()))  # noqa: PTH100 - resolve() follows links
    parent = Path(os.path.abspath(folder))  # noqa: PTH100 - the same
    return f"./{absolute.relative_to(parent)}" if absolute.is_relative_to(parent) else str(absolute)


def _quoted(value: str) -> str:
    """Return text that YAML reads back as it is, whatever signs it holds."""
    return yaml.safe_dump(
        value, default_style='"', allow_unicode=True, width=float("inf")
    ).removesuffix("\n")


def _write_new(path: Path, text: str) -> None:
    """Write a file that must not exist yet."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}",
            subject=str(path),
            hint="make the folder, or write to another place with `--config FILE`",
        ) from error


def _taken(path: Path) -> ConfigError:
    return ConfigError(
        f"{path} exists and is left as it is",
        subject=str(path),
        hint="move it away, or write to another place with `--config FILE`",
    )
