"""Reads and validates the key, the body and the query of a request."""

import hashlib
from collections.abc import Iterator
from typing import Any

from flask import Request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from api.endpoint import Endpoint
from api.problems import ProblemError, invalid
from db.access import api_keys
from db.access.api_keys import PresentedKey
from providers.strict_json import strict_json

JSON = "application/json"
KIB = 1024
LARGEST_BODY = 64 * KIB
LONGEST_KEY = 255
UNAUTHORIZED = {"WWW-Authenticate": 'Bearer realm="slot-recovery"'}
MISSING, NOT_JSON = "missing", frozenset({"json_invalid", "json_type"})


def presented_key(request: Request) -> PresentedKey:
    """Returns the key in the Authorization header. Raises ProblemError (401) if there is no well-formed key."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    key = api_keys.parse(given.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        raise ProblemError("unauthorized", headers=UNAUTHORIZED)
    return key


def arguments(endpoint: Endpoint, request: Request) -> dict[str, BaseModel]:
    """Returns the body and the query as models, by the name of the endpoint's argument. Raises ProblemError."""
    found: dict[str, BaseModel] = {}
    if endpoint.query is not None:
        found["query"] = _query(endpoint.query, request)
    elif request.args:
        raise ProblemError("invalid", errors=[(_pointer([name]), "Unknown parameter.") for name in request.args])
    body = body_of(request)
    if endpoint.body is not None:
        found["body"] = _body(endpoint.body, body, request)
    elif body.strip() not in (b"", b"{}"):
        raise ProblemError("invalid", "This request takes no body.")
    return found


def body_of(request: Request) -> bytes:
    """Returns the whole body. Raises RequestEntityTooLarge."""
    # Werkzeug silently truncates a body of unknown length at the limit. One more byte shows that the body was longer.
    request.max_content_length = LARGEST_BODY + 1
    body = request.get_data(parse_form_data=False)
    if len(body) > LARGEST_BODY:
        raise RequestEntityTooLarge
    return body


def idempotency_key(request: Request) -> str | None:
    """Returns the Idempotency-Key header of a POST request, or None."""
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    if key is not None and (not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable()):
        raise invalid("/Idempotency-Key", f"Use 1 to {LONGEST_KEY} printable ASCII characters.")
    return key


def request_hash(request: Request) -> str:
    """Returns a hash that identifies a request by its method, path and body."""
    described = f"{request.method} {request.path}\n".encode() + body_of(request)
    return hashlib.sha256(described).hexdigest()


def _body(model: type[BaseModel], body: bytes, request: Request) -> BaseModel:
    if request.mimetype != JSON:
        raise ProblemError("unsupported_media_type")
    try:
        read = model.model_validate_json(body)
        strict_json(body)
        return read
    except ValidationError as error:
        if any(one["type"] in NOT_JSON for one in error.errors(include_input=False, include_url=False)):
            raise ProblemError("not_json") from None
        raise _invalid(error) from None
    except (ValueError, RecursionError):
        raise ProblemError("invalid", "The body gives a name twice.") from None


def _query(model: type[BaseModel], request: Request) -> BaseModel:
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise ProblemError("invalid", errors=[(_pointer([name]), "Send it once.") for name in repeated])
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> ProblemError:
    return ProblemError("invalid", errors=list(_field_errors(error)))


def _field_errors(error: ValidationError) -> Iterator[tuple[str, str]]:
    for one in error.errors(include_input=False, include_url=False):
        message = "Unknown field." if one["type"] == "extra_forbidden" else one["msg"].removeprefix("Value error, ")
        yield _pointer(one["loc"]), message


def _pointer(location: Any) -> str:
    """Returns a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)
