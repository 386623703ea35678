"""Credential files: each way in which one can be wrong has its own sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from recommender.config import CredentialsKind, SearchConsoleConfig
from recommender.errors import CredentialsError
from recommender.ingest.credentials import authorise_oauth, load_credentials

TOKEN = {
    "type": "authorized_user",
    "client_id": "client",
    "client_secret": "hush",
    "refresh_token": "refresh",
}
KEY = {"type": "service_account", "client_email": "reader@project.example"}
CLIENT = {"installed": {"client_id": "client", "client_secret": "hush"}}


def written(folder: Path, content: object, *, mode: int = 0o600) -> Path:
    path = folder / "credentials.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)
    return path


def config(kind: CredentialsKind, path: Path | None) -> SearchConsoleConfig:
    return SearchConsoleConfig(credentials=kind, credentials_file=path)


def refusal(kind: CredentialsKind, path: Path | None) -> str:
    with pytest.raises(CredentialsError) as caught:
        load_credentials(config(kind, path))
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize("kind", [CredentialsKind.SERVICE_ACCOUNT, CredentialsKind.OAUTH])
class TestEitherFile:
    def test_a_file_must_be_named(self, kind: CredentialsKind) -> None:
        assert "credentials_file is not set" in refusal(kind, None)

    def test_a_missing_file_is_named(self, kind: CredentialsKind, tmp_path: Path) -> None:
        path = tmp_path / "nowhere.json"
        assert f"no credentials file {path}" in refusal(kind, path)

    def test_a_folder_is_no_file(self, kind: CredentialsKind, tmp_path: Path) -> None:
        assert "cannot be read" in refusal(kind, tmp_path)

    def test_broken_json_is_told(self, kind: CredentialsKind, tmp_path: Path) -> None:
        assert "is not JSON" in refusal(kind, written(tmp_path, '{"type": '))

    def test_a_list_is_told(self, kind: CredentialsKind, tmp_path: Path) -> None:
        assert "holds no JSON object" in refusal(kind, written(tmp_path, []))

    def test_bytes_that_are_no_text_are_told(self, kind: CredentialsKind, tmp_path: Path) -> None:
        path = tmp_path / "binary.json"
        path.write_bytes(b"\xff\xfe\x00")
        assert "is not JSON, it is something else" in refusal(kind, path)

    def test_a_wrong_file_is_told_before_its_mode(
        self, kind: CredentialsKind, tmp_path: Path
    ) -> None:
        said = refusal(kind, written(tmp_path, "<!DOCTYPE html><title>Sign in</title>", mode=0o644))
        assert "it is a web page" in said
        assert "chmod" not in said

    def test_another_kind_of_file_is_told(self, kind: CredentialsKind, tmp_path: Path) -> None:
        assert "something else" in refusal(kind, written(tmp_path, {"type": "unknown"}))

    def test_a_client_is_no_token(self, kind: CredentialsKind, tmp_path: Path) -> None:
        assert "is an OAuth client, not" in refusal(kind, written(tmp_path, CLIENT))

    @pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
    @pytest.mark.parametrize("mode", [0o604, 0o644, 0o602])
    def test_a_secret_that_everyone_can_read_is_refused(
        self, kind: CredentialsKind, tmp_path: Path, mode: int
    ) -> None:
        right = TOKEN if kind is CredentialsKind.OAUTH else KEY
        path = written(tmp_path, right, mode=mode)
        assert f"chmod 600 {path}" in refusal(kind, path)


def test_a_token_given_as_a_key_says_what_to_set(tmp_path: Path) -> None:
    said = refusal(CredentialsKind.SERVICE_ACCOUNT, written(tmp_path, TOKEN))
    assert "is an authorised token, not a service account key" in said
    assert "credentials: oauth" in said


def test_a_key_given_as_a_token_says_what_to_set(tmp_path: Path) -> None:
    said = refusal(CredentialsKind.OAUTH, written(tmp_path, KEY))
    assert "is a service account key, not an authorised token" in said
    assert "credentials: service_account" in said


def test_a_key_without_its_key_is_refused(tmp_path: Path) -> None:
    said = refusal(CredentialsKind.SERVICE_ACCOUNT, written(tmp_path, KEY))
    assert "no usable service account key" in said


def test_a_key_that_is_no_key_is_refused(tmp_path: Path) -> None:
    content = {**KEY, "token_uri": "http://127.0.0.1/token", "private_key": "nothing"}
    said = refusal(CredentialsKind.SERVICE_ACCOUNT, written(tmp_path, content))
    assert "no usable service account key" in said


def test_a_token_without_its_refresh_token_is_refused(tmp_path: Path) -> None:
    said = refusal(CredentialsKind.OAUTH, written(tmp_path, {**TOKEN, "refresh_token": ""}))
    assert "lacks refresh_token" in said


def test_a_machine_without_default_credentials_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nowhere.json"))
    assert "no application default credentials" in refusal(CredentialsKind.ADC, None)


def test_a_token_is_no_client(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="no OAuth client: it is an authorised token"):
        authorise_oauth(written(tmp_path, TOKEN), tmp_path / "token.json")
