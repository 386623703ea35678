"""Rendering: a digest and the templates become a message, a target report becomes a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from recommender.models import DismissReason, Message
from recommender.report.digest import Digest
from recommender.report.target import TargetReport
from recommender.report.words import plain, wrapped


def render(digest: Digest, *, templates: Path, sender: str) -> Message:
    """Return the digest as a mail of text and HTML, the same for the same digest.

    ``templates`` is the folder with digest-subject.txt.j2, digest-body.txt.j2 and
    digest-body.html.j2. Raises jinja2.TemplateError where a template is missing or at fault.
    """
    environment = _environment(templates)
    values: Mapping[str, object] = {"digest": digest, "reasons": [str(r) for r in DismissReason]}
    text = environment.get_template("digest-body.txt.j2").render(values)
    return Message(
        subject=plain(environment.get_template("digest-subject.txt.j2").render(values)),
        text=_tidied(text),
        html=_inlined(environment.get_template("digest-body.html.j2").render(values)),
        sender=plain(sender),
        message_id=message_id(digest.property_name, digest.period, digest.site),
    )


def render_page(report: TargetReport, *, templates: Path) -> str:
    """Return the report on one target as a page of HTML that stands alone."""
    return _environment(templates).get_template("report.html.j2").render({"report": report})


def message_id(property_name: str, period: str, site: str) -> str:
    """Return the Message-ID of a period's digest: the same whenever it is rendered."""
    host = urlsplit(site).hostname or ""
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", host):
        host = "linkwright.invalid"
    name = re.sub(r"[^a-z0-9_-]+", "-", property_name.lower())
    if name != property_name:  # two names must not fold into one
        name += "-" + sha256(property_name.encode("utf-8", "replace")).hexdigest()[:8]
    return f"<linkwright.{name}.{period}@{host}>"


def _environment(templates: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        autoescape=select_autoescape(
            enabled_extensions=(), disabled_extensions=("txt.j2",), default=True
        ),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wrapped"] = wrapped
    return environment


def _inlined(html: str) -> str:
    """Return the mail with its rules on its elements; only media queries stay in the head."""
    inliner = css_inline.CSSInliner(
        keep_at_rules=True, load_remote_stylesheets=False, minify_css=True
    )
    return str(inliner.inline(html))


def _tidied(text: str) -> str:
    """Return text without trailing spaces and with at most one empty line in a row."""
    lines = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
