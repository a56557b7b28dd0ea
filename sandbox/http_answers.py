"""Sends a simulated provider's answer as an HTTP response, or closes the connection."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request

NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """`response_id`: the id of the object created or read.

    `kept`: whether the response is stored for the idempotency key.
    """

    status: int
    body: Any
    response_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    kept: bool = True


def respond(answer: ProviderAnswer) -> Response:
    """Returns the answer as JSON, with the fields in the provider's order."""
    headers = {"Content-Type": "application/json", **answer.headers}
    body = "" if answer.status == NO_CONTENT else json.dumps(answer.body)
    return Response(body, status=answer.status, headers=headers)


def hang_up() -> Response:
    """Closes the connection without a response.

    werkzeug exposes the socket, which is then shut down. Granian drops the connection when a body is shorter than
    announced. In both cases, the client sees that the connection was closed without a response.
    """
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
    return Response(iter(()), headers={"Content-Length": "2", "Connection": "close"})
