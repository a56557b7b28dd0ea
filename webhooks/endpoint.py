"""An endpoint of the webhook receiver."""

from collections.abc import Callable
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from webhooks.authentication import Authentication

KIB = 1024
LARGEST_BODY = 64 * KIB
LARGEST_EVENT = 512 * KIB


@dataclass(frozen=True, slots=True)
class ReceivingEndpoint:
    """An endpoint. If `authenticate` accepts the request, `answer` is called with the request and the ids in the
    path.
    """

    method: str
    path: str
    authenticate: Authentication
    answer: Callable[..., ResponseReturnValue]
    largest_body: int = LARGEST_BODY
    """The maximum size in bytes."""
