"""One endpoint of the API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from api.answers import Answer
from db.access.api_keys import READ, WRITE
from db.appointments.api_bookings import BookedAtOnce

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`answer` is called inside the request's transaction; a `ProblemError` rolls it back.

    Its arguments are the `Call`, the ids in the path by name, and `body` and `query` as validated models. `path` is a
    rule of Flask below /api/v1. `answers`: by status, the model of the body or None. `problems`: the statuses of
    problems besides those that every endpoint has. `at_once` tries to do all of a request in one statement, without
    a transaction of several; the request that it returns None for is answered by `answer`.
    """

    method: str
    path: str
    answer: Callable[..., Answer]
    summary: str
    answers: Mapping[int, type[BaseModel] | None]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    problems: frozenset[int] = field(default_factory=frozenset)
    at_once: Callable[..., BookedAtOnce | None] | None = None

    @property
    def rule(self) -> str:
        """The whole rule of Flask."""
        return PREFIX + self.path

    @property
    def scope(self) -> str:
        """The scope that a key needs."""
        return READ if self.method == "GET" else WRITE
