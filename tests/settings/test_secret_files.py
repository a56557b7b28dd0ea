"""A secret can be stored in a file whose path is in NAME_FILE."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from cli.doctor.configuration_checks import misspelt
from cli.doctor.target import CheckTarget
from settings.all_settings import READ_BY
from settings.database import DatabaseSettings
from settings.environment import FromEnvironment, is_secret
from settings.loading import load, problems_of
from settings.web import WebSettings

SECRETS = [(kind, name) for kind in READ_BY for name, field in kind.model_fields.items() if is_secret(field)]
VALUES = {"database_url": "postgresql://slots:pw@db/slots", "redis_url": "redis://:pw@redis:6379/0"}
PutFile = Callable[[str, str], Path]


@pytest.fixture
def put_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PutFile:
    """Writes a secret to a file and names the file in the environment."""

    def put(name: str, content: str) -> Path:
        path = tmp_path / name.lower()
        path.write_text(content, encoding="utf-8")
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(f"{name}_FILE", str(path))
        return path

    return put


@pytest.mark.parametrize(("kind", "name"), SECRETS, ids=lambda part: part if isinstance(part, str) else part.__name__)
def test_every_secret_can_be_in_a_file(
    kind: type[FromEnvironment], name: str, put_file: PutFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = VALUES.get(name, "5f0c5e1a5dcd4ff9")
    if name == "twilio_api_secret":
        monkeypatch.setenv("TWILIO_API_KEY", "SK1")
    put_file(name.upper(), f"{value}\n")
    secret = getattr(load(kind), name)
    assert isinstance(secret, SecretStr)
    assert secret.get_secret_value() == value


def test_a_secret_that_is_in_both_places_is_refused(put_file: PutFile, monkeypatch: pytest.MonkeyPatch) -> None:
    put_file("SECRET_KEY", "one")
    monkeypatch.setenv("SECRET_KEY", "another")
    assert problems_of(WebSettings) == {"SECRET_KEY": "is set twice, here and in SECRET_KEY_FILE; unset one of them"}


def test_an_empty_variable_beside_the_file_is_unset(put_file: PutFile, monkeypatch: pytest.MonkeyPatch) -> None:
    put_file("SECRET_KEY", "5f0c5e1a5dcd4ff9")
    monkeypatch.setenv("SECRET_KEY", "")
    assert load(WebSettings).secret_key.get_secret_value() == "5f0c5e1a5dcd4ff9"


@pytest.mark.parametrize("content", ["", " \n"])
def test_an_empty_file_is_refused(content: str, put_file: PutFile) -> None:
    put_file("SECRET_KEY", content)
    assert "is empty" in problems_of(WebSettings)["SECRET_KEY"]


def test_a_file_that_cannot_be_read_is_refused_with_its_reason(put_file: PutFile) -> None:
    put_file("DATABASE_URL", "x").unlink()
    assert "DATABASE_URL_FILE names: No such file" in problems_of(DatabaseSettings)["DATABASE_URL"]
    put_file("DATABASE_URL", "x").write_bytes(b"\xff\xfe")
    assert "it is not text" in problems_of(DatabaseSettings)["DATABASE_URL"]


def test_a_value_in_a_file_must_be_fit_for_production_too(put_file: PutFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    put_file("SECRET_KEY", "short")
    assert "too short" in problems_of(WebSettings)["SECRET_KEY"]


def test_a_setting_that_is_not_a_secret_has_no_file(put_file: PutFile) -> None:
    put_file("APP_URL", "https://book.example.com")
    assert load(WebSettings).app_url == "http://127.0.0.1:8000"


def test_doctor_reads_the_file_and_takes_its_variable_for_no_mistake(put_file: PutFile) -> None:
    path = put_file("TWILIO_AUTH_TOKEN", "9d1f0c5e1a5dcd4f\n")
    target = CheckTarget({"TWILIO_AUTH_TOKEN_FILE": str(path)}, least_free_bytes=0)
    assert target.value("TWILIO_AUTH_TOKEN") == "9d1f0c5e1a5dcd4f"
    assert list(misspelt(target)) == []
