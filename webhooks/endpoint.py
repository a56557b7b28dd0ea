"""One endpoint of the webhook receiver."""

from collections.abc import Callable
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from webhooks.authentication import Authentication

KIB = 1024
LARGEST_BODY = 64 * KIB
LARGEST_EVENT = 512 * KIB


@dataclass(frozen=True, slots=True)
class ReceivingEndpoint:
    """`answer` is called with the request and the ids in the path if `authenticate` has not rejected the request."""

    method: str
    path: str
    authenticate: Authentication
    answer: Callable[..., ResponseReturnValue]
    largest_body: int = LARGEST_BODY
    """Bytes."""
