"""After `slots webhooks rotate-key`, the secrets of endpoints no longer depend on the previous SECRET_KEY."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from cli.main import main
from db.webhooks.webhook_endpoints import secret_encryption
from tests.builders import a_shop

OLD, NEW = "8f14e45fceea167a-old", "8f14e45fceea167a-new"


@pytest.fixture
def shop(session, database_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SECRET_KEY", OLD)
    made = a_shop(session, name="Salon Lou")
    session.commit()
    return made


def slots(*words: str) -> Result:
    return CliRunner().invoke(main, ["webhooks", *words])


def an_endpoint() -> tuple[str, str]:
    """Creates an endpoint and returns its id and secret."""
    made = json.loads(slots("create", "--shop", "Salon Lou", "--url", "https://hooks.example/x", "--json").stdout)
    return made["id"], made["secret"]


def stored(session, id: str, key: str) -> list[str]:
    """Returns the endpoint's valid secrets, decrypted with only this key."""
    statement = (
        "SELECT secret, CASE WHEN previous_secret_until > now() THEN previous_secret END FROM webhook_endpoints"
    )
    row = session.execute(text(f"{statement} WHERE id = :id"), {"id": id}).one()
    session.rollback()
    return [secret_encryption([key]).decrypt(secret) for secret in row if secret]


def test_the_secrets_are_kept_when_the_key_is_replaced(session, shop, monkeypatch):
    plain, plain_secret = an_endpoint()
    replaced, before = an_endpoint()
    after = slots("rotate-secret", replaced).stdout.strip()
    monkeypatch.setenv("SECRET_KEY", NEW)
    monkeypatch.setenv("SECRET_KEY_PREVIOUS", OLD)

    assert json.loads(slots("rotate-key", "--json").stdout) == {"rotated": 2}

    assert stored(session, plain, NEW) == [plain_secret]
    assert stored(session, replaced, NEW) == [after, before]


def test_without_the_old_key_nothing_is_changed(session, shop, monkeypatch):
    id, secret = an_endpoint()
    monkeypatch.setenv("SECRET_KEY", NEW)

    refused = slots("rotate-key")

    assert (refused.exit_code, "SECRET_KEY_PREVIOUS" in refused.stderr) == (1, True)
    assert stored(session, id, OLD) == [secret]
