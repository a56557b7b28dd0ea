"""Generates the OpenAPI 3.1 schema of the endpoints from their table, their models and their authentication."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from webhooks import response_models
from webhooks.authentication import REFUSED_BY, SCHEMES, Authentication
from webhooks.endpoint import ReceivingEndpoint
from webhooks.endpoint_descriptions import JSON, OPERATIONS, Bodies, Operation

PATH = "/api/openapi.json"
AT = "#/components/schemas/"
ALWAYS = frozenset({413, 500, 503})
MEANS = {
    200: "Done.",
    202: "Accepted; it will be done shortly.",
    204: "Recorded.",
    400: "The body or its signature is invalid.",
    401: "Unauthorized.",
    403: "Not signed by Twilio.",
    404: "Not found.",
    409: "It can no longer be cancelled.",
    413: "The body is too large.",
    415: "The body is not a form.",
    500: "The secret is not configured, or an internal error.",
    503: "The database is unavailable; try again.",
}


def document(endpoints: Iterable[ReceivingEndpoint]) -> dict[str, Any]:
    """Returns the whole schema. Raises KeyError for an endpoint that is missing from OPERATIONS."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        operation = OPERATIONS[f"{endpoint.method} {endpoint.path}"]
        paths.setdefault(_path(endpoint.path), {})[endpoint.method.lower()] = _described(endpoint, operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "slot-recovery", "version": "1", "description": "Webhooks, jobs and health checks."},
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                _name(check): {**scheme, "description": check.__doc__} for check, scheme in SCHEMES.items()
            },
        },
    }


def _path(rule: str) -> str:
    return re.sub(r"<(\w+)>", r"{\1}", rule)


def _name(check: Authentication) -> str:
    return str(getattr(check, "__name__", ""))


def _described(endpoint: ReceivingEndpoint, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": "_".join((*endpoint.answer.__module__.split(".")[1:], endpoint.answer.__name__)),
        "summary": operation.summary,
        "security": [{_name(endpoint.authenticate): []}] if endpoint.authenticate in SCHEMES else [],
        "responses": dict(_responses(_with_refusals(endpoint, operation))),
    }
    names = re.findall(r"<(\w+)>", endpoint.path)
    if names:
        described["parameters"] = [_parameter(name) for name in names]
    if operation.takes:
        content = {operation.takes_as: {"schema": {"$ref": AT + operation.takes.__name__}}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _with_refusals(endpoint: ReceivingEndpoint, operation: Operation) -> Bodies:
    refusals = ALWAYS | operation.refusals | REFUSED_BY[endpoint.authenticate]
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
