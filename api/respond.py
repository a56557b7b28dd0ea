"""Applies the rate limit, authenticates and validates a request, and runs the endpoint in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog
from flask import Request, Response, g
from sqlalchemy.orm import Session

from api import incoming
from api.answers import Answer
from api.api_dependencies import ApiDependencies
from api.call import Call
from api.constraint_problems import refusing_duplicates
from api.endpoint import Endpoint
from api.idempotent_answers import IdempotentRequest
from api.problems import ProblemError, overlap
from db.access import api_requests
from db.access.api_keys import PresentedKey
from db.access.api_requests import BegunRequest
from db.appointments import overlaps
from db.appointments.overlaps import TimeTakenError
from db.deadlocks import repeat_after_deadlock
from db.idempotency import Claim

JSON = "application/json"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Responder:
    """Handles requests to one endpoint. Raises all problems as ProblemError."""

    endpoint: Endpoint
    dependencies: ApiDependencies

    def respond(self, request: Request, ids: Mapping[str, object]) -> Response:
        """Returns the response to a request. `ids` are the ids in the path, by name."""
        presented = incoming.presented_key(request)
        self._count(presented)
        key = incoming.idempotency_key(request)
        once = (
            None
            if key is None
            else IdempotentRequest(key, incoming.request_hash(request), self.endpoint.shows_secret)
        )

        def answer(call: Call, claim: Claim | None) -> Response:
            if once is None or claim is None:
                return self._answer(call, request, ids)
            return once.answer(call, claim, lambda: self._answer(call, request, ids))

        try:
            return self._run(presented, answer, idempotency_key=key)
        except ProblemError as problem:
            if once is not None and once.is_kept(problem):
                self._run(presented, partial(once.keep_problem, problem))
            raise

    def _count(self, presented: PresentedKey) -> None:
        """Counts by the presented secret, so that a stranger who knows a key's id can't use up the key's limit."""
        g.rate = state = self.dependencies.rate_limits.hit(presented.secret_hash[:32])
        if state is not None and state.exceeded:
            raise ProblemError("rate_limited", headers={"Retry-After": str(state.resets_in)})

    def _run(
        self, presented: PresentedKey, act: Callable[[Call, Claim | None], T], *, idempotency_key: str | None = None
    ) -> T:
        def run() -> T:
            with refusing_duplicates(), self.dependencies.transactions() as session:
                begun = self._begun(session, presented, idempotency_key)
                return act(Call(session, begun.owner, self.dependencies.settings), begun.claim)

        try:
            return repeat_after_deadlock(run)
        except TimeTakenError as error:
            taken = error.time
        # The transaction has ended, so a new transaction looks up the conflicting appointment.
        raise overlap(self._run(presented, lambda call, _: overlaps.conflicting(call.session, taken)))

    def _begun(self, session: Session, presented: PresentedKey, idempotency_key: str | None) -> BegunRequest:
        begun = api_requests.begin(session, presented, idempotency_key)
        if begun is None:
            raise ProblemError("unauthorized", headers=incoming.UNAUTHORIZED)
        owner = begun.owner
        structlog.contextvars.bind_contextvars(api_key_id=str(owner.id), shop_id=str(owner.shop_id))
        g.authenticated = True
        if not owner.may(self.endpoint.scope):
            raise ProblemError("insufficient_scope")
        return begun

    def _answer(self, call: Call, request: Request, ids: Mapping[str, object]) -> Response:
        arguments = incoming.arguments(self.endpoint, request)
        return response_of(self.endpoint.answer(call, **ids, **arguments))


def response_of(answer: Answer) -> Response:
    """Returns the HTTP response."""
    if answer.body is None:
        empty = Response(status=answer.status, headers=dict(answer.headers))
        empty.headers.remove("Content-Type")
        return empty
    return Response(
        answer.body.model_dump_json(by_alias=True), answer.status, headers=dict(answer.headers), content_type=JSON
    )


def add_rate_headers(response: Response) -> Response:
    """Adds the RateLimit headers to responses to authenticated requests and to 429 responses."""
    state = g.get("rate")
    if state is not None and (g.get("authenticated") or state.exceeded):
        response.headers.update(state.headers)
    return response
