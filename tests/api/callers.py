"""Calls the API with one key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from db.access import api_keys
from tests.builders import Built


def a_key(session: Session, shop: Built, *, scope: str = "write", expires_in: timedelta | None = None) -> str:
    """Creates and commits an API key of this shop."""
    options = {"scope": scope, "live": False, "by": "operator", "expires_in": expires_in}
    new = api_keys.create(session, shop.id, label="Test", **options)
    session.commit()
    return new.key


def assert_problem(answer: TestResponse, status: int, code: str) -> Any:
    """Asserts that the response is this problem, with all its fields, and returns the JSON."""
    request = f"{answer.request.method} {answer.request.path}"
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), request
    body = answer.get_json()
    assert body["type"] == f"urn:slot-recovery:{code}"
    assert (body["code"], body["status"]) == (code, status)
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
    return body


@dataclass(frozen=True)
class Caller:
    """Sends requests to paths below /api/v1 with one key."""

    client: FlaskClient
    key: str | None

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.send("GET", path, query_string={name.rstrip("_"): value for name, value in query.items()})

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.send("POST", path, json=body, headers=headers)

    def patch(self, path: str, body: Any) -> TestResponse:
        return self.send("PATCH", path, json=body)

    def put(self, path: str, body: Any) -> TestResponse:
        return self.send("PUT", path, json=body)

    def delete(self, path: str) -> TestResponse:
        return self.send("DELETE", path)

    def send(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        """Sends one request. `headers` are named with underscores instead of hyphens; `json=None` sends no body."""
        given = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        if self.key is not None:
            given = {"Authorization": f"Bearer {self.key}", **given}
        if more.get("json", ...) is None:
            del more["json"]
        return self.client.open(f"/api/v1{path}", method=method, headers=given, **more)
