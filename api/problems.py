"""Problem details (RFC 9457), which describe all errors of the API as `application/problem+json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

CONTENT_TYPE = "application/problem+json"
TYPE = "urn:slot-recovery:"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """The description of an error code. `detail` states how to correct the error."""

    status: int
    title: str
    detail: str


CODES: dict[str, ProblemKind] = {
    "not_json": ProblemKind(400, "Not JSON", "Send a JSON object in UTF-8."),
    "bad_request": ProblemKind(400, "Bad request", "Send a complete HTTP request."),
    "unauthorized": ProblemKind(
        401, "Unauthorized", "Send a valid key: Authorization: Bearer slots_... Create one: slots keys create."
    ),
    "insufficient_scope": ProblemKind(403, "Forbidden", "This key is read-only. Use a key with the write scope."),
    "not_found": ProblemKind(404, "Not found", "Check the id and the URL. Rows of other shops can't be found."),
    "method_not_allowed": ProblemKind(405, "Method not allowed", "Use a method that the Allow header lists."),
    "request_timeout": ProblemKind(408, "Request timeout", "Send the body without long pauses."),
    "conflict": ProblemKind(
        409, "Conflict", "The state of the resource does not allow this. Read the resource again."
    ),
    "overlap": ProblemKind(409, "Overlap", "Choose another time, or cancel the conflicting appointment first."),
    "opted_out": ProblemKind(
        409, "Opted out", "The number has opted out of texts. Only its owner can undo this, by texting START."
    ),
    "external_id_taken": ProblemKind(
        409, "External id taken", "Use PUT to change the row that has this external id."
    ),
    "idempotency_in_progress": ProblemKind(
        409,
        "Request in progress",
        "Wait until the first request with this Idempotency-Key has finished, then send the request again.",
    ),
    "length_required": ProblemKind(411, "Length required", "Send a Content-Length header."),
    "too_large": ProblemKind(413, "Too large", "Send a smaller body."),
    "unsupported_media_type": ProblemKind(415, "Unsupported media type", "Send Content-Type: application/json."),
    "invalid": ProblemKind(422, "Invalid", "Correct the fields that `errors` lists, and send the request again."),
    "idempotency_key_reused": ProblemKind(
        422, "Idempotency-Key reused", "Use a new Idempotency-Key for a request that differs from the first one."
    ),
    "rate_limited": ProblemKind(
        429, "Too many requests", "Wait for the number of seconds in the Retry-After header."
    ),
    "internal_error": ProblemKind(500, "Internal error", "Send the request_id to the operator of this system."),
    "unavailable": ProblemKind(503, "Unavailable", "Nothing was recorded. Send the request again."),
}

BY_STATUS = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    411: "length_required",
    413: "too_large",
    415: "unsupported_media_type",
    503: "unavailable",
}
"""The codes of errors that Flask or Werkzeug raises, by status."""


class FieldError(BaseModel):
    """An invalid field. `pointer` is a JSON pointer into the body, or a slash and the name of a query parameter."""

    model_config = ConfigDict(extra="forbid")

    pointer: str
    detail: str


class Problem(BaseModel):
    """An error. `code` is stable. `title` and `detail` are for humans and may change."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(pattern=f"^{TYPE}[a-z_]+$")
    code: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldError] | None = None


@dataclass
class ProblemError(Exception):
    """Ends a request with a problem and rolls back its transaction. `code` is a key of CODES."""

    code: str
    detail: str | None = None
    errors: Sequence[tuple[str, str]] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return CODES[self.code].status

    def as_json(self, request_id: str) -> dict[str, Any]:
        """Returns the body of the response."""
        kind = CODES[self.code]
        body: dict[str, Any] = {
            "type": TYPE + self.code,
            "code": self.code,
            "title": kind.title,
            "status": kind.status,
            "detail": self.detail or kind.detail,
            "request_id": request_id,
            **self.more,
        }
        # A 422 without an invalid field refers to the whole body.
        errors = self.errors or ([("", body["detail"])] if kind.status == 422 else [])
        if errors:
            body["errors"] = [{"pointer": pointer, "detail": detail} for pointer, detail in errors]
        return body


def not_found(pointer: str | None = None) -> ProblemError:
    """Creates the problem for a row that does not exist.

    `pointer` is the field of the body that refers to the row; None if the URL refers to the row.
    """
    if pointer is None:
        return ProblemError("not_found")
    return ProblemError("not_found", errors=[(pointer, "There is no such row in this shop.")])


def overlap(conflicting: UUID | None) -> ProblemError:
    """Creates the problem for a time that is taken.

    `conflicting` is the appointment at that time; None if that appointment has ended in the meantime.
    """
    return ProblemError("overlap", more={"conflicting_appointment_id": conflicting and str(conflicting)})


def invalid(pointer: str, detail: str) -> ProblemError:
    """Creates the problem for one invalid field. `detail` states how to correct the value."""
    return ProblemError("invalid", errors=[(pointer, detail)])
