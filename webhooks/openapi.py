"""Generates the OpenAPI 3.1 schema of the endpoints from their table, their models and their authentication."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from webhooks import response_models
from webhooks.endpoint import JSON, Bodies, ReceivingEndpoint

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


def document(endpoints: Sequence[ReceivingEndpoint]) -> dict[str, Any]:
    """Returns the whole schema."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(_path(endpoint.path), {})[endpoint.method.lower()] = _described(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "slot-recovery", "version": "1", "description": "Webhooks, jobs and health checks."},
        "paths": paths,
        "components": {
            "schemas": _schemas(endpoints),
            "securitySchemes": {
                used.name: {**used.scheme, "description": used.description}
                for used in (endpoint.authentication for endpoint in endpoints)
                if used.scheme
            },
        },
    }


def _path(rule: str) -> str:
    return re.sub(r"<(\w+)>", r"{\1}", rule)


def _described(endpoint: ReceivingEndpoint) -> dict[str, Any]:
    operation, authentication = endpoint.operation, endpoint.authentication
    described: dict[str, Any] = {
        "operationId": operation.id
        or "_".join((*endpoint.answer.__module__.split(".")[1:], endpoint.answer.__name__)),
        "summary": operation.summary,
        "security": [{authentication.name: []}] if authentication.scheme else [],
        "responses": dict(_responses(_with_refusals(endpoint))),
    }
    names = re.findall(r"<(\w+)>", endpoint.path)
    if names:
        described["parameters"] = [_parameter(name) for name in names]
    if operation.takes:
        content = {operation.takes_as: {"schema": {"$ref": AT + operation.takes.__name__}}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _with_refusals(endpoint: ReceivingEndpoint) -> Bodies:
    refusals = ALWAYS | endpoint.operation.refusals | endpoint.authentication.refused_with
    return dict.fromkeys(refusals, response_models.ErrorResponse) | dict(endpoint.operation.answers)


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


def _schemas(endpoints: Sequence[ReceivingEndpoint]) -> dict[str, Any]:
    models: set[type[BaseModel]] = {response_models.ErrorResponse}
    for operation in (endpoint.operation for endpoint in endpoints):
        models |= {body for body in (operation.takes, *operation.answers.values()) if isinstance(body, type)}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, made = models_json_schema([(model, "validation") for model in ordered], ref_template=AT + "{model}")
    schemas: dict[str, Any] = made["$defs"]
    return schemas
