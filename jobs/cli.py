"""The command line: it translates words into calls and results into text, and decides nothing.

Exit codes: 0 done, 1 failed, 2 configuration or unknown name, 3 partial, 75 another run at work.
Heavy modules are imported inside the commands, so that ``--help`` stays quick.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path

import click

from jobs.console import Console
from jobs.kept import KEPT
from jobs.request import Request
from jobs.unexpected import as_linkwright_error
from recommender import __version__
from recommender.errors import LinkwrightError


class _Commands(click.Group):
    """Commands in the order of a first week's work, not of the alphabet; the job border."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; whatever it raises that nobody foresaw becomes a LinkwrightError."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.params["debug"]:
                traceback.print_exc()
            known = as_linkwright_error(error)
            if known is error:
                raise
            raise known from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="linkwright")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=Path("config.yaml"),
    show_default=True,
    help="Configuration file.",
)
@click.option("--property", "property_name", help="Only this property; default: all of the file.")
@click.option("--quiet", is_flag=True, help="No progress, only results and errors.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error, to report it.")
@click.pass_context
def cli(
    context: click.Context,
    config_path: Path,
    property_name: str | None,
    *,
    quiet: bool,
    debug: bool,  # noqa: ARG001 - read at the job border
) -> None:
    """Linkwright says which few internal links to write this week, and what they did.

    \b
    First:    linkwright demo          see it work on a sample site, no credentials needed
              linkwright init          write a commented config.yaml for your own site
              linkwright doctor        check site, Search Console, mail and store
    Daily:    linkwright daily         pull, crawl, notice what went live, measure, recommend
    Weekly:   linkwright weekly        mail the digest, once
    Any time: linkwright url URL       diagnosis and plan for one page
    """  # noqa: D301 - \b is click's mark for keeping lines
    console = Console(quiet=quiet)
    context.obj = Request(config_path=config_path, property_name=property_name, console=console)


# --- First --------------------------------------------------------------------------------


@cli.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    help="Where mail, report and data go; what a demo left there before is replaced.",
)
@click.option("--keep", is_flag=True, help="Leave site and service running until Ctrl-C.")
@click.pass_obj
def demo(request: Request, folder: Path, *, keep: bool) -> None:
    """Run everything on a sample site and a fake Search Console on this machine."""
    from jobs.demo.story import tell  # noqa: PLC0415

    tell(folder, console=request.console, keep=keep)


@cli.command()
@click.option("--site", help="Address of the home page; without any option, init asks for all.")
@click.option("--name", help="Short name of the property; default: from the address.")
@click.option(
    "--search-console",
    "source",
    type=click.Choice(["api", "none"]),
    help="api: read Search Console; none: text and links only. Default: as other options say.",
)
@click.option(
    "--export",
    type=click.Path(path_type=Path),
    help="ZIP that Search Console exported, or a folder of several: no account is needed.",
)
@click.option("--property-url", help="Property as Search Console spells it, e.g. sc-domain:a.com.")
@click.option(
    "--credentials",
    type=click.Choice(["service_account", "oauth", "adc"]),
    help="How to identify to Google; default: as the file says.",
)
@click.option("--credentials-file", type=click.Path(path_type=Path), help="Key or token file.")
@click.option("--recipient", "recipients", multiple=True, help="Mail address; may be repeated.")
@click.option("--smtp-host", default="", help="Mail server; without it digests become files.")
@click.option(
    "--client-secrets",
    type=click.Path(path_type=Path),
    help="OAuth client file of Google Cloud: opens the browser and stores a token.",
)
@click.option("--endpoint", help="Another address of Search Console, for a proxy.")
@click.option("--no-check", is_flag=True, help="Write the file only, and look at nothing.")
@click.pass_obj
def init(  # noqa: PLR0917 - click passes options by name
    request: Request,
    site: str | None,
    name: str | None,
    source: str | None,
    export: Path | None,
    property_url: str | None,
    credentials: str | None,
    credentials_file: Path | None,
    recipients: tuple[str, ...],
    smtp_host: str,
    client_secrets: Path | None,
    endpoint: str | None,
    *,
    no_check: bool,
) -> None:
    """Write a commented config.yaml and check it: asks, or takes what the options say.

    Three ways in: --export ZIP needs no account; --client-secrets FILE signs in with Google in the
    browser; --credentials-file KEY takes the key of a service account.
    """
    from jobs.init import initialise  # noqa: PLC0415
    from jobs.questions import Answers  # noqa: PLC0415

    given = Answers(
        site=site or "",
        name=name,
        source=source,
        export=export,
        property_url=property_url,
        credentials=credentials,
        credentials_file=credentials_file,
        client_secrets=client_secrets,
        recipients=recipients,
        smtp_host=smtp_host,
        endpoint=endpoint,
    )
    sys.exit(initialise(request, given, check=not no_check))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
@click.pass_obj
def doctor(request: Request, *, as_json: bool) -> None:
    """Check configuration, site, Search Console, mail and store, and say what to do."""
    from jobs.doctor import examine  # noqa: PLC0415

    sys.exit(examine(request, as_json=as_json))


# --- Runs ---------------------------------------------------------------------------------


@cli.command()
@click.option("--from-store", is_flag=True, help="Judge stored facts; no network, no new crawl.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="With --from-store: replay the decision of that day; nothing is saved.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the week's edits as JSON.")
@click.pass_obj
def daily(request: Request, as_of: datetime | None, *, from_store: bool, as_json: bool) -> None:
    """Pull, crawl, notice what went live, measure, and choose the week's edits.

    Safe to repeat: only proposals that were not mailed yet are chosen anew.
    """
    from jobs.daily import run  # noqa: PLC0415

    if as_of is not None and not from_store:
        raise click.UsageError("--as-of goes with --from-store")
    run(request, from_store=from_store, as_of=_end_of(as_of), as_json=as_json)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print what was delivered as JSON.")
@click.pass_obj
def weekly(request: Request, *, as_json: bool) -> None:
    """Compose this week's digest and send it, once per week and reader whatever happens.

    The pages of what it is about to show are looked at once more before; what changed there leaves.
    """
    from jobs.weekly import run  # noqa: PLC0415

    run(request, as_json=as_json)


@cli.command()
@click.pass_obj
def pull(request: Request) -> None:
    """Read the missing days of Search Console."""
    from jobs.daily import run_pull  # noqa: PLC0415

    run_pull(request)


@cli.command()
@click.pass_obj
def crawl(request: Request) -> None:
    """Visit the site and store what is there."""
    from jobs.daily import run_crawl  # noqa: PLC0415

    run_crawl(request)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print the ledger, whole, as JSON.")
@click.option("--csv", "table", type=click.Path(path_type=Path), help="Write it whole to FILE.")
@click.pass_obj
def coverage(request: Request, table: Path | None, *, as_json: bool) -> None:
    """Say what the newest crawl covered: pages, orphans, broken and redirected links."""
    from jobs.coverage import show as show_coverage  # noqa: PLC0415

    show_coverage(request, as_json=as_json, table=table)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print them whole, as JSON.")
@click.pass_obj
def faults(request: Request, *, as_json: bool) -> None:
    """List all that is wrong by the rules: pages to fix first, links, crowded texts, orphans."""
    from jobs.faults import show as show_faults  # noqa: PLC0415

    show_faults(request, as_json=as_json)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print them whole, as JSON.")
@click.pass_obj
def topics(request: Request, *, as_json: bool) -> None:
    """List the site's topics: names, orphans, bridges, and how tightly each is linked."""
    from jobs.topics import show as show_topics  # noqa: PLC0415

    show_topics(request, as_json=as_json)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print the readings as JSON.")
@click.pass_obj
def measure(request: Request, *, as_json: bool) -> None:
    """Read the effects of what went live, with intervals."""
    from jobs.daily import run_measure  # noqa: PLC0415

    run_measure(request, as_json=as_json)


@cli.command()
@click.option("--once", is_flag=True, help="Run what is due now and end: for cron every hour.")
@click.pass_obj
def schedule(request: Request, *, once: bool) -> None:
    """Stay and run daily and weekly at the configured local times."""
    from jobs.scheduler import serve  # noqa: PLC0415

    serve(request, once=once)


# --- One page -----------------------------------------------------------------------------


@cli.command()
@click.argument("page_url", metavar="URL")
@click.option("--html", type=click.Path(path_type=Path), help="Write the report as HTML to FILE.")
@click.option("--json", "as_json", is_flag=True, help="Print diagnosis and plan as JSON.")
@click.pass_obj
def url(request: Request, page_url: str, html: Path | None, *, as_json: bool) -> None:
    """Diagnose one page and plan its links, from stored facts; nothing is saved."""
    from jobs.oneoff import run_url  # noqa: PLC0415

    run_url(request, page_url, html=html, as_json=as_json)


@cli.command()
@click.argument("source", required=False)
@click.argument("target", required=False)
@click.option(
    "--pairs",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help='JSON lines with "source_url" and "target_url" (or "source" and "target").',
)
@click.option("--out", type=click.Path(path_type=Path), help="Write JSON lines to FILE.")
@click.pass_obj
def place(
    request: Request, source: str | None, target: str | None, pairs: Path | None, out: Path | None
) -> None:
    """Say where on SOURCE, with which words, a link to TARGET would go."""
    from jobs.oneoff import run_place  # noqa: PLC0415

    if (pairs is None) == (source is None or target is None):
        raise click.UsageError("give SOURCE and TARGET, or --pairs FILE")
    run_place(request, source=source, target=target, pairs=pairs, out=out)


@cli.command()
@click.option("--out", type=click.Path(path_type=Path), help="Write JSON lines to FILE.")
@click.option(
    "--top",
    type=click.IntRange(1, 1000),
    default=50,
    show_default=True,
    help="Sources for each target, at most.",
)
@click.option("--all-targets", is_flag=True, help="Every page as a target, gate or not.")
@click.pass_obj
def candidates(request: Request, out: Path | None, top: int, *, all_targets: bool) -> None:
    """List every scored candidate, before rules and allocation."""
    from jobs.oneoff import run_candidates  # noqa: PLC0415

    run_candidates(request, out=out, top=top, all_targets=all_targets)


# --- What is kept -------------------------------------------------------------------------

for command in KEPT:
    cli.add_command(command)


def _end_of(day: datetime | None) -> datetime | None:
    return None if day is None else datetime.combine(day.date(), time.max, tzinfo=UTC)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with the designed exit code."""
    try:
        cli.main(args=None if arguments is None else list(arguments), standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe such as `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except LinkwrightError as error:
        click.echo(f"linkwright: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
