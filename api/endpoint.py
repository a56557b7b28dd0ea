"""The endpoints of the API."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from inspect import getdoc
from typing import TypeVar, get_type_hints

from pydantic import BaseModel

from api.answers import Answer
from db.access.api_keys import READ, WRITE

PREFIX = "/api/v1"
Answering = TypeVar("Answering", bound=Callable[..., Answer])


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint. `path` is a Flask rule below /api/v1.

    `answer` is called in the request's transaction. A `ProblemError` rolls the transaction back. The arguments of
    `answer` are the `Call`, the ids in the path by name, and `body` and `query` as validated models. `answers`
    contains the model of the response body, or None, for each status. `problems` lists the problem statuses that not
    all endpoints have.
    """

    method: str
    path: str
    answer: Callable[..., Answer]
    summary: str
    answers: Mapping[int, type[BaseModel] | None]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    problems: Set[int] = field(default_factory=frozenset)

    @property
    def rule(self) -> str:
        """The full Flask rule."""
        return PREFIX + self.path

    @property
    def shows_secret(self) -> bool:
        """Whether a response contains a secret."""
        return any(model is not None and "secret" in model.model_fields for model in self.answers.values())

    @property
    def scope(self) -> str:
        """The scope that a key must have."""
        return READ if self.method == "GET" else WRITE


class EndpointTable(list[Endpoint]):
    """The endpoints of a resource."""

    def add(
        self,
        method: str,
        path: str,
        answers: Mapping[int, type[BaseModel] | None],
        *,
        problems: Set[int] = frozenset(),
    ) -> Callable[[Answering], Answering]:
        """Adds the decorated function.

        The first paragraph of its docstring is the summary of the endpoint. The annotations of its parameters `body`
        and `query` are the models of the request.
        """

        def added(answer: Answering) -> Answering:
            models = get_type_hints(answer)
            self.append(
                Endpoint(
                    method=method,
                    path=path,
                    answer=answer,
                    summary=" ".join((getdoc(answer) or "").partition("\n\n")[0].split()),
                    answers=answers,
                    body=models.get("body"),
                    query=models.get("query"),
                    problems=problems,
                )
            )
            return answer

        return added
