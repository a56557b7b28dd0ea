"""Implements Idempotency-Key: a repeated request returns the first response again and has no further effect."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response

from api.call import Call
from api.problems import CONTENT_TYPE, ProblemError
from api.request_log import request_id
from db import idempotency
from db.encryption import Encryption, SecretUnreadableError
from db.idempotency import Claim, KeptAnswer

REPLAYED = "Idempotent-Replayed"
KEPT_PROBLEMS = frozenset({404, 409})
"""The statuses of problems that are stored as the response.

Any other error status means that the request had no effect and can be sent again.
"""

IN_PROGRESS = "idempotency_in_progress"
KEPT_HEADERS = frozenset({"Content-Type", "Location"})
ENCRYPTED = "encrypted:"
"""The prefix of a stored body that is encrypted."""
UNREADABLE = "The stored response can't be decrypted, because SECRET_KEY was changed. Rotate the secret instead."


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request with an Idempotency-Key header. `hash` identifies the method, path and body.

    The response is encrypted in the database if it `shows_secret`.
    """

    key: str
    hash: str
    shows_secret: bool

    def answer(self, call: Call, claim: Claim, act: Callable[[], Response]) -> Response:
        """Returns the stored response. If there is none, calls `act` and stores its response in the same transaction.

        Raises ProblemError if the key was used for another request or if the first request is still in progress.
        """
        if claim.kept is not None:
            return self._replayed(call, claim.kept)
        if not claim.claimed:
            raise ProblemError(IN_PROGRESS)
        response = act()
        body = response.get_data(as_text=True)
        if self.shows_secret:
            body = ENCRYPTED + _encryption(call).encrypt(body)
        if not self._keep(call, response.status_code, body, _kept_headers(response)):
            raise ProblemError(IN_PROGRESS)
        return response

    def is_kept(self, problem: ProblemError) -> bool:
        """Returns whether this problem is stored as the response for the key."""
        return problem.status in KEPT_PROBLEMS and problem.code != IN_PROGRESS and problem.detail != UNREADABLE

    def keep_problem(self, problem: ProblemError, call: Call, _: Claim | None) -> Response:
        """Stores the problem in a separate transaction, because the request's transaction was rolled back.

        Raises ProblemError if another request with the same key has stored its response in the meantime.
        """
        body = json.dumps(problem.as_json(request_id()))
        if not self._keep(call, problem.status, body, {"Content-Type": CONTENT_TYPE}):
            raise ProblemError(IN_PROGRESS)
        return Response()

    def _keep(self, call: Call, status: int, body: str, headers: dict[str, str]) -> bool:
        return idempotency.keep(call.session, call.shop_id, self.key, KeptAnswer(self.hash, status, body, headers))

    def _replayed(self, call: Call, kept: KeptAnswer) -> Response:
        if kept.request_hash != self.hash:
            raise ProblemError("idempotency_key_reused")
        return Response(_readable(call, kept.body), kept.status, headers={**kept.headers, REPLAYED: "true"})


def _encryption(call: Call) -> Encryption:
    return Encryption(call.settings.secret_keys, purpose="API responses")


def _readable(call: Call, body: str) -> str:
    """Returns the body of a stored response. Raises ProblemError if it was encrypted with an unknown key."""
    if not body.startswith(ENCRYPTED):
        return body
    try:
        return _encryption(call).decrypt(body.removeprefix(ENCRYPTED))
    except SecretUnreadableError:
        raise ProblemError("conflict", UNREADABLE) from None


def _kept_headers(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name in KEPT_HEADERS}
