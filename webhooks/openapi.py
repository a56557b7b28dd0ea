"""The doors as OpenAPI 3.1, made of their table, of the models of what they take and answer, and of their proofs."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from webhooks import authentication, response_models
from webhooks.authentication import Proof
from webhooks.endpoint_descriptions import JSON, OPERATIONS, Bodies, Operation
from webhooks.request import IncomingRequest

if TYPE_CHECKING:
    from webhooks.routes import Route

PATH = "/api/openapi.json"
AT = "#/components/schemas/"
ALWAYS = frozenset({413, 500, 503})
REFUSED_BY: Mapping[Proof, frozenset[int]] = {
    authentication.signed_by_twilio: frozenset({403}),
    authentication.signed_by_stripe: frozenset({400}),
    authentication.internal_secret: frozenset({401}),
    authentication.cron_secret: frozenset({401}),
    authentication.cron_bearer: frozenset({401}),
    authentication.nobody: frozenset(),
}
SCHEMES: Mapping[Proof, dict[str, str]] = {
    authentication.signed_by_twilio: {"type": "apiKey", "in": "header", "name": "X-Twilio-Signature"},
    authentication.signed_by_stripe: {"type": "apiKey", "in": "header", "name": "Stripe-Signature"},
    authentication.internal_secret: {"type": "apiKey", "in": "header", "name": "x-internal-secret"},
    authentication.cron_secret: {"type": "apiKey", "in": "header", "name": "x-cron-secret"},
    authentication.cron_bearer: {"type": "http", "scheme": "bearer"},
}
MEANS = {
    200: "Done.",
    202: "Taken; done in a moment.",
    204: "Recorded.",
    400: "The body, or its signature, is not what it should be.",
    401: "Unauthorized.",
    403: "Not signed by Twilio.",
    404: "There is no such thing.",
    409: "It cannot be cancelled any more.",
    413: "Too much.",
    415: "Not a form.",
    500: "The secret is not configured, or a bug.",
    503: "The database is away; try again.",
}


def published(visit: IncomingRequest) -> ResponseReturnValue:
    """For whoever writes a client."""
    return jsonify(_of_these_doors())


@cache
def _of_these_doors() -> dict[str, Any]:
    from webhooks.routes import ROUTES  # which lists this door too

    return document(ROUTES)


def document(routes: Iterable["Route"]) -> dict[str, Any]:
    """The whole schema. Raises KeyError for a door that OPERATIONS says nothing of."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operation = OPERATIONS[f"{route.method} {route.path}"]
        paths.setdefault(_path(route.path), {})[route.method.lower()] = _described(route, operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "slot-recovery", "version": "1", "description": "The doors: webhooks, jobs, health."},
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                _name(proof): {**scheme, "description": proof.__doc__} for proof, scheme in SCHEMES.items()
            },
        },
    }


def _path(rule: str) -> str:
    return re.sub(r"<(\w+)>", r"{\1}", rule)


def _name(proof: Proof) -> str:
    return str(getattr(proof, "__name__", ""))


def _described(route: "Route", operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": "_".join((*route.answer.__module__.split(".")[1:], route.answer.__name__)),
        "summary": operation.summary,
        "security": [{_name(route.proof): []}] if route.proof in SCHEMES else [],
        "responses": dict(_responses(_with_refusals(route, operation))),
    }
    names = re.findall(r"<(\w+)>", route.path)
    if names:
        described["parameters"] = [_parameter(name) for name in names]
    if operation.takes:
        content = {operation.takes_as: {"schema": {"$ref": AT + operation.takes.__name__}}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _with_refusals(route: "Route", operation: Operation) -> Bodies:
    refusals = ALWAYS | operation.refusals | REFUSED_BY[route.proof]
    return dict.fromkeys(refusals, response_models.ErrorResponse) | dict(operation.answers)


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}


def _responses(bodies: Bodies) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, body in sorted(bodies.items()):
        response: dict[str, Any] = {"description": MEANS[status]}
        if isinstance(body, str):
            response["content"] = {body: {"schema": {"type": "string"}}}
        elif body:
            response["content"] = {JSON: {"schema": {"$ref": AT + body.__name__}}}
        yield str(status), response


def _schemas() -> dict[str, Any]:
    models: set[type[BaseModel]] = {response_models.ErrorResponse}
    for operation in OPERATIONS.values():
        models |= {body for body in (operation.takes, *operation.answers.values()) if isinstance(body, type)}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, made = models_json_schema([(model, "validation") for model in ordered], ref_template=AT + "{model}")
    schemas: dict[str, Any] = made["$defs"]
    return schemas
