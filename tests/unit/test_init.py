"""The first configuration is valid, short, and never overwrites another."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.config_file import parse_config, read_config
from jobs.init import TEMPLATE, name_from, write_config
from jobs.questions import Answers
from recommender.config import CredentialsKind, SourceKind
from recommender.errors import ConfigError


def test_a_site_is_all_that_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    write_config(path, Answers(site="www.example.com"))
    (written,) = read_config(path).properties
    assert (written.name, written.site) == ("example", "https://www.example.com/")
    assert written.search_console.source is SourceKind.NONE


def test_everything_that_is_given_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    write_config(
        path,
        Answers(
            site="https://www.example.com/",
            name="shop",
            source="api",
            property_url="sc-domain:example.com",
            credentials="oauth",
            credentials_file=tmp_path / "keys" / "token.json",
            recipients=("editor@example.com", "owner@example.com"),
            smtp_host="mail.example.com",
        ),
    )
    config = read_config(path)
    (written,) = config.properties
    assert written.name == "shop"
    assert written.search_console_property == "sc-domain:example.com"
    assert written.search_console.credentials is CredentialsKind.OAUTH
    assert written.search_console.credentials_file == tmp_path / "keys" / "token.json"
    assert written.digest.recipients == ("editor@example.com", "owner@example.com")
    assert config.smtp.host == "mail.example.com"
    assert "./keys/token.json" in path.read_text()


def test_values_that_are_written_out_are_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    write_config(path, Answers(site="https://www.example.com/"))
    smallest = "properties: [{name: example, site: 'https://www.example.com/'}]\n"
    assert read_config(path) == parse_config(smallest, path)


def test_the_file_is_short_and_commented() -> None:
    lines = TEMPLATE.splitlines()
    assert len(lines) < 40
    assert sum("# " in line for line in lines) > 12


def test_an_existing_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("mine\n")
    with pytest.raises(ConfigError, match="exists and is left as it is"):
        write_config(path, Answers(site="www.example.com"))
    assert path.read_text() == "mine\n"


def test_an_invalid_value_leaves_no_file_behind(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    with pytest.raises(ConfigError, match="must be api, export, bulk, bigquery or none"):
        write_config(path, Answers(site="www.example.com", source="spreadsheet"))
    assert not path.exists()


@pytest.mark.parametrize("site", ["", "ftp://example.com/", "https://["])
def test_what_is_no_address_is_refused(tmp_path: Path, site: str) -> None:
    with pytest.raises(ConfigError, match=r"properties\[0\]\.site: "):
        write_config(tmp_path / "config.yaml", Answers(site=site))


def test_a_host_that_gives_no_name_is_called_site() -> None:
    assert name_from("https://../") == "site"


def test_a_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        write_config(tmp_path / "nowhere" / "config.yaml", Answers(site="www.example.com"))


@pytest.mark.parametrize(
    ("site", "name"),
    [
        ("https://www.example.com/", "example"),
        ("https://blog.example.org/en/", "blog-example"),
        ("http://localhost:8080/", "localhost"),
        ("http://127.0.0.1:8080/", "127-0-0-1"),
        ("https://bücher.example/", "xn--bcher-kva"),
    ],
)
def test_a_property_is_called_after_its_host(site: str, name: str) -> None:
    assert name_from(site) == name


@given(
    st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Zs"), exclude_characters="?#/[]"),
        min_size=1,
        max_size=60,
    )
)
def test_any_property_url_is_read_back_as_it_was_given(
    tmp_path_factory: pytest.TempPathFactory, folder: str
) -> None:
    value = f"https://www.example.com/{folder}/"
    path = tmp_path_factory.mktemp("init") / "config.yaml"
    write_config(path, Answers(site="www.example.com", property_url=value))
    assert read_config(path).properties[0].search_console.property == value
