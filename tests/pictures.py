"""Pictures of the demo's first mail for the README, so that they show what it mails today.

``make pictures`` plays the demo and photographs its mail in Chromium, light and dark. Beside them
lies the text of the mail that they show; a test holds it against the demo of today.
"""

from __future__ import annotations

import argparse
import email
import re
import sys
import tempfile
from collections.abc import Mapping
from email import policy
from email.message import EmailMessage
from pathlib import Path

from jobs.console import Console
from jobs.demo.folder import DIGESTS
from jobs.demo.story import tell
from recommender.errors import ConfigError
from tests.chromium import CHROMIUM, opened

TEXT = "digest.txt"
_WIDTH, _HEIGHT = 640, 912  # CSS pixels: as wide as mail clients show it, down to the first edit


PICTURES: Mapping[str, bool] = {"digest-light.png": False, "digest-dark.png": True}
"""Whether the reader's screen is dark in each picture."""


def settled(text: str) -> str:
    """Return the text of a mail without what each demo draws anew: its port and its ids."""
    return re.sub(r"\b[0-9a-f]{10}\b", "0" * 10, re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", text))


def first_mail(demo: Path) -> tuple[Path, str]:
    """Return the page of the first mail that a demo left in its folder, and the mail's text."""
    page = min((demo / DIGESTS).glob("*.html"))
    (sent,) = page.parent.glob(f"{page.stem}.*.eml")  # to the demo's one reader
    mail = email.message_from_bytes(sent.read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain",))
    assert body is not None
    return page, settled("\n".join(body.get_content().splitlines()) + "\n")


def main() -> int:
    """Write the pictures and the text of the mail into a folder."""
    parser = argparse.ArgumentParser(description="Pictures of the demo's first mail.")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    out: Path = parser.parse_args().out
    if CHROMIUM is None:
        raise ConfigError("there is no Chromium on the PATH", hint="apt install chromium")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        demo = Path(scratch) / "demo"
        tell(demo, console=Console(quiet=True), keep=False)
        page, text = first_mail(demo)
        for name, dark in PICTURES.items():
            shot = f"--screenshot={(out / name).resolve()}"
            profile = Path(scratch) / "profile"
            opened(page, f"--window-size={_WIDTH},{_HEIGHT}", shot, profile=profile, dark=dark)
        (out / TEXT).write_text(text, encoding="utf-8")
    sys.stdout.writelines(f"{out / name}\n" for name in (*PICTURES, TEXT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
