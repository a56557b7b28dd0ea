"""An endpoint of the webhook receiver, with its description for the published schema."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from webhooks.authentication import Authentication

KIB = 1024
LARGEST_BODY = 64 * KIB
LARGEST_EVENT = 512 * KIB

JSON, XML = "application/json", "text/xml"
Bodies = Mapping[int, type[BaseModel] | str | None]
"""By status: a model for JSON, a media type for other content, or None for no body."""


@dataclass(frozen=True, slots=True)
class Operation:
    """The published description. `refusals`: the statuses of errors other than authentication errors.

    `id`: by default, the module and the name of the function that answers.
    """

    summary: str
    answers: Bodies
    takes: type[BaseModel] | None = None
    takes_as: str = JSON
    refusals: frozenset[int] = frozenset()
    id: str = ""


@dataclass(frozen=True, slots=True)
class ReceivingEndpoint:
    """An endpoint. If `authentication` accepts the request, `answer` is called with the request and the ids in the
    path.
    """

    method: str
    path: str
    authentication: Authentication
    answer: Callable[..., ResponseReturnValue]
    operation: Operation
    largest_body: int = LARGEST_BODY
    """The maximum size in bytes."""
