"""Waits until /readyz responds. Redis has 0.5 s to reply, which a loaded machine may exceed once."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from tests.waiting import wait_for


def expect_readyz(client: FlaskClient, expected: dict[str, Any]) -> None:
    """Waits for status 200 with the expected JSON, and fails if it does not arrive."""

    def as_expected() -> bool:
        answer = client.get("/readyz")
        return (answer.status_code, answer.json) == (200, expected)

    wait_for(as_expected, f"/readyz to answer {expected}")
