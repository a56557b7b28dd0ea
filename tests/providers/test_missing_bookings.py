"""A booking is considered removed only if its provider reports this, because its time is then sold again."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest

from providers.calendars.calendars import Calendars
from providers.calendars.port import CalendarDeniedError, CalendarUnavailableError, Connection, NotThere
from settings.calendars import CalendarSettings
from tests.serving import on_a_thread

KINDS = ("calcom", "square", "acuity", "google")
CREDENTIALS = {"api_key": "x", "user_id": "1", "access_token": "x", "expires_at": "2999-01-01T00:00:00+00:00"}
NO_PROOF = [
    (301, "application/json", b"{}"),
    (400, "application/json", b'{"error": "Bad Request"}'),
    (408, "application/json", b'{"error": "Request Timeout"}'),
    (409, "application/json", b'{"error": "Conflict"}'),
    (404, "text/html", b"<html>This deployment does not exist.</html>"),
    (200, "text/html", b"<html>We will be back soon.</html>"),
]


class Answering(ThreadingHTTPServer):
    """Responds to every request with `answer`: a status, a content type and a body."""

    answer = NO_PROOF[0]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_GET(self) -> None:
        status, kind, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Suppresses the access log."""


@pytest.fixture
def provider():
    with on_a_thread(Answering()) as server:
        yield server


def fetched(provider: Answering, kind: str) -> object:
    settings = {"base_url": f"http://127.0.0.1:{provider.server_port}"}
    connection = Connection(
        id=UUID(int=1), shop_id=UUID(int=2), kind=kind, name="Rota", credentials=CREDENTIALS, settings=settings
    )
    return Calendars(CalendarSettings(), allow_loopback=True).fetch(connection, "1234")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer", NO_PROOF, ids=lambda answer: f"{answer[0]}-{answer[1]}")
def test_another_refusal_proves_nothing(provider, kind, answer):
    provider.answer = answer
    with pytest.raises(CalendarUnavailableError):
        fetched(provider, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_booking_that_the_provider_does_not_know_was_removed(provider, kind):
    provider.answer = (404, "application/json", b'{"error": {"message": "Not Found"}}')
    assert fetched(provider, kind) == NotThere()


@pytest.mark.parametrize("error", [{"error": "access_denied"}, {"error": {"errors": "x"}}, ["x"], "x"], ids=str)
def test_a_refusal_of_another_form_is_a_denial(provider, error):
    provider.answer = (403, "application/json", json.dumps(error).encode())
    with pytest.raises(CalendarDeniedError):
        fetched(provider, "google")
