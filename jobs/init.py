"""Writes the first configuration: short, commented, valid, and never over an existing file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from jobs.config_file import parse_config
from jobs.wiring import export_source
from recommender.errors import ConfigError

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


def write_config(
    path: Path,
    *,
    site: str,
    name: str | None = None,
    source: str = "none",
    property_url: str | None = None,
    credentials: str | None = None,
    credentials_file: Path | None = None,
    export: Path | None = None,
    recipients: tuple[str, ...] = (),
    smtp_host: str = "",
) -> None:
    """Write a configuration for one site to ``path``.

    A site without a scheme gets https; without a name it is called after its host. Raises
    ConfigError where a value is not valid or the file exists, ExportUnreadable where ``export`` is
    none or of another site; then nothing is written.
    """
    address = site if "://" in site else f"https://{site}"
    text = TEMPLATE.format(
        name=_quoted(name or name_from(address)),
        site=_quoted(address),
        source=_quoted(source if export is None else "export"),
        access=_access(path, property_url, credentials, credentials_file, export),
        recipients="[" + ", ".join(_quoted(r) for r in recipients) + "]",
        host=_quoted(smtp_host),
        sender=_quoted(recipients[0] if recipients and smtp_host else ""),
    )
    config = parse_config(text, path)
    if export is not None:
        export_source(config.properties[0]).exports()
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


def _access(
    path: Path,
    property_url: str | None,
    credentials: str | None,
    credentials_file: Path | None,
    export: Path | None,
) -> str:
    """Return the lines that say how Search Console is read; what is not given is commented out."""
    lines = (
        (
            "path",
            _from_folder(export, path.parent),
            "./export.zip",
            "with source export: the ZIP, or a folder of several",
        ),
        ("property", property_url, "sc-domain:example.com", "as Search Console spells it"),
        ("credentials", credentials, "service_account", "service_account, oauth or adc"),
        (
            "credentials_file",
            _from_folder(credentials_file, path.parent),
            "./service-account.json",
            "key of the service account, or the stored OAuth token",
        ),
    )
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
        raise ConfigError(
            f"{path} exists and is left as it is",
            subject=str(path),
            hint="move it away, or write to another place with `--config FILE`",
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}",
            subject=str(path),
            hint="make the folder, or write to another place with `--config FILE`",
        ) from error
