"""What `linkwright init` asks at a terminal, in a few questions, and what the answers mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import click


class Way(StrEnum):
    """How search data come in."""

    EXPORT = "1"
    OAUTH = "2"
    SERVICE_ACCOUNT = "3"
    NONE = "4"


MENU = """
How may Linkwright read what people search for?
  1  an export of Search Console's web interface: a ZIP, no credentials
  2  signing in with Google, in the browser
  3  the key of a service account
  4  not at all: text and links decide alone"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What goes into a first configuration, from questions or from flags."""

    site: str = ""
    name: str | None = None
    source: str | None = None  # None: as the other answers say
    export: Path | None = None
    property_url: str | None = None
    credentials: str | None = None
    credentials_file: Path | None = None
    client_secrets: Path | None = None  # to authorise in the browser first
    recipients: tuple[str, ...] = ()
    smtp_host: str = ""
    endpoint: str | None = None

    @property
    def search_source(self) -> str:
        """How search data come in, as the configuration spells it."""
        if self.export is not None:
            return "export"
        account = (self.property_url, self.credentials, self.credentials_file, self.client_secrets)
        return self.source or ("api" if any(account) else "none")


def completed(given: Answers) -> Answers:
    """Return what was given with what is missing asked at the terminal: all, or the address."""
    if replace(given, endpoint=None) == Answers():
        return replace(asked(), endpoint=given.endpoint)
    return given if given.site else replace(given, site=_address())


def asked() -> Answers:
    """Return what the person at the terminal answers."""
    site = _address()
    click.echo(MENU)
    known = click.Choice([way.value for way in Way])
    way = Way(click.prompt("Which", type=known, default=Way.EXPORT.value, show_choices=False))
    export = client = key = property_url = None
    if way is Way.EXPORT:
        export = _file("The ZIP (Performance, Export, Download CSV), or a folder of several")
    elif way is Way.OAUTH:
        client = _file('The OAuth client file, of type "Desktop app", from Google Cloud')
    elif way is Way.SERVICE_ACCOUNT:
        key = _file("The key file (JSON)")
    if client or key:
        property_url = click.prompt(
            "The property as Search Console spells it, e.g. sc-domain:example.com\n"
            "(empty: the address of the site)",
            default="",
            show_default=False,
        )
    mail = click.prompt(
        "\nWho reads the digest? Mail addresses, separated by commas (empty: nobody, only files)",
        default="",
        show_default=False,
    )
    recipients = tuple(address.strip() for address in mail.split(",") if address.strip())
    host = ""
    if recipients:
        host = click.prompt("Mail server (empty: only files)", default="", show_default=False)
    click.echo()
    return Answers(
        site=site,
        export=export,
        property_url=property_url or None,
        credentials="service_account" if key else None,
        credentials_file=key,
        client_secrets=client,
        recipients=recipients,
        smtp_host=host,
    )


def _address() -> str:
    answer = click.prompt("Address of your site")
    assert isinstance(answer, str)
    return answer


def _file(question: str) -> Path:
    """Return a path that exists; a slip of the fingers is asked again."""
    found = click.prompt(question, value_proc=_existing)
    assert isinstance(found, Path)
    return found


def _existing(typed: str) -> Path:
    """Return the path that was typed, or dropped into the terminal with quotes around it."""
    path = Path(typed.strip().strip("'\"")).expanduser()
    if not path.exists():
        raise click.BadParameter(f"{path} does not exist")
    return path
