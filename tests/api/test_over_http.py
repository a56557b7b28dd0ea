"""Requests that the web server itself refuses also get a problem response."""

from __future__ import annotations

import json

import pytest

from tests.servers import patient
from tests.waiting import PATIENCE_SECONDS
from tests.webhooks.serving import connection_to, response_of, web_process

CUT_SHORT = (
    b"POST /api/v1/appointments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"
)


@pytest.mark.long
def test_a_body_that_never_arrives_is_a_problem(database_url: str, redis_url: str) -> None:
    with web_process(DATABASE_URL=patient(database_url), REDIS_URL=redis_url) as (url, _):
        with connection_to(url, timeout=PATIENCE_SECONDS) as connection:
            connection.sendall(CUT_SHORT)
            head, _, body = response_of(connection).partition(b"\r\n\r\n")
        problem = json.loads(body)
        assert head.startswith(b"HTTP/1.1 408 ")
        assert b"content-type: application/problem+json" in head.lower()
        assert (problem["code"], problem["status"]) == ("request_timeout", 408)
        assert f"x-request-id: {problem['request_id']}".encode() in head.lower()
