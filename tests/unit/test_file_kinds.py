"""A file is known by how it begins, whatever its name says."""

from __future__ import annotations

import io
import zipfile

import pytest

from recommender.ingest.file_kinds import kind_of


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Pages.csv", "Top pages,Clicks\n")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (zipped(), "a ZIP"),
        (b"%PDF-1.7", "a PDF"),
        (b"\n<!DOCTYPE HTML><title>Sign in</title>", "a web page"),
        (b"<?xml version='1.0'?>\n<html>", "a web page"),
        (b'\xef\xbb\xbf{"type": "service_account"}', "a JSON file"),
        (b"Top pages,Clicks\nhttps://www.example.com/,<html>\n", "a table as text, such as CSV"),
        (b"\xff\xd8\xff\xe0", "something else"),
    ],
)
def test_a_file_is_known_by_its_first_bytes(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind
