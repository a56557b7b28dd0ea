"""Generates the OpenAPI 3.1 document from the table of endpoints and their models."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from api.endpoint import Endpoint
from api.fields import published_name
from api.incoming import JSON, LONGEST_KEY
from api.problems import CODES, CONTENT_TYPE, Problem

PATH = "/api/openapi.json"
AT = "#/components/schemas/"
SECURITY = "api_key"
ALWAYS = frozenset({401, 403, 422, 429, 500, 503})
WITH_BODY = frozenset({400, 413, 415})
MEANS = {200: "Done.", 201: "Created.", 202: "Accepted.", 204: "Success, without a body."}
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
TYPES = {
    "uuid": {"type": "string", "format": "uuid"},
    "external_id": {"type": "string", "minLength": 1, "maxLength": 255},
}
REQUEST_ID = {"description": "Identifies this request in the logs.", "schema": {"type": "string"}}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The first response for a key is stored for 24 hours and returned again for the same request.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
}

Schema = dict[str, Any]


class PublishedNames(GenerateJsonSchema):
    """Gives each schema its public name."""

    def normalize_name(self, name: str) -> str:
        """Returns the name of a model's schema."""
        return super().normalize_name(published_name(name))


def document(endpoints: Iterable[Endpoint]) -> Schema:
    """Returns the document with the paths, schemas and security scheme of these endpoints."""
    listed = tuple(endpoints)
    paths: dict[str, Schema] = {}
    for endpoint in listed:
        paths.setdefault(_path(endpoint.rule), {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "slot-recovery",
            "version": "1",
            "description": "The API for shops and their booking systems, and the endpoints for webhooks and jobs.",
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(listed),
            "securitySchemes": {
                SECURITY: {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "slots_<live|test>_<id>_<secret>",
                    "description": "Key of one shop. Create the key with `slots keys create` or on the dashboard.",
                }
            },
        },
    }


def joined(first: Schema, *others: Schema) -> Schema:
    """Returns one document with the paths and components of all documents.

    Raises ValueError if two documents describe the same item.
    """
    whole: Schema = {**first, "paths": {}, "components": {"schemas": {}, "securitySchemes": {}}}
    for one in (first, *others):
        parts = [(whole["paths"], one["paths"])]
        parts += [(whole["components"][kind], one["components"][kind]) for kind in whole["components"]]
        for into, more in parts:
            if twice := into.keys() & more.keys():
                raise ValueError(f"described twice: {sorted(twice)}")
            into.update(more)
    return whole


def _path(rule: str) -> str:
    return PARAMETER.sub(r"{\2}", rule)


def _operation(endpoint: Endpoint) -> Schema:
    operation: Schema = {
        "operationId": _operation_id(endpoint),
        "summary": endpoint.summary,
        "description": f"Requires a key with the `{endpoint.scope}` scope.",
        "tags": [endpoint.path.split("/")[1]],
        "security": [{SECURITY: []}],
        "responses": dict(_responses(endpoint)),
    }
    parameters = list(_parameters(endpoint))
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body:
        content = {JSON: {"schema": {"$ref": AT + endpoint.body.__name__}}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    words = re.findall(r"\w+", PARAMETER.sub(r"by_\2", endpoint.path).replace("-", "_"))
    return "_".join((endpoint.method.lower(), *words))


def _parameters(endpoint: Endpoint) -> Iterator[Schema]:
    for kind, name in PARAMETER.findall(endpoint.path):
        yield {"name": name, "in": "path", "required": True, "schema": TYPES[kind]}
    if endpoint.query:
        schema = endpoint.query.model_json_schema(ref_template=AT + "{model}")
        for name, described in schema["properties"].items():
            yield {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "description": described.get("description", ""),
                "schema": _of_a_parameter(described),
            }
    if endpoint.method == "POST":
        yield IDEMPOTENCY_KEY


def _of_a_parameter(schema: Mapping[str, Any]) -> Schema:
    """Removes null from the type, because callers omit a parameter instead of sending null."""
    choices = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    own = {name: value for name, value in schema.items() if name not in {"anyOf", "title", "description"}}
    if own.get("default", ...) is None:
        del own["default"]
    return own | (choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {})


def _responses(endpoint: Endpoint) -> Iterator[tuple[str, Schema]]:
    problems = ALWAYS | endpoint.problems | (WITH_BODY if endpoint.body else frozenset())
    if endpoint.method == "POST":
        problems |= {409}
    for status, model in sorted({**dict.fromkeys(problems, Problem), **endpoint.answers}.items()):
        response: Schema = {"description": _meaning(status), "headers": {"X-Request-Id": REQUEST_ID}}
        if model is not None:
            media = CONTENT_TYPE if model is Problem else JSON
            response["content"] = {media: {"schema": {"$ref": AT + published_name(model.__name__)}}}
        yield str(status), response


def _meaning(status: int) -> str:
    codes = [f"`{code}`" for code, kind in CODES.items() if kind.status == status]
    return MEANS.get(status) or f"{' or '.join(codes)}."


def _schemas(endpoints: Iterable[Endpoint]) -> Schema:
    requests: set[type[BaseModel]] = set()
    answers: set[type[BaseModel]] = {Problem}
    for endpoint in endpoints:
        requests |= {endpoint.body} if endpoint.body else set()
        answers |= {model for model in endpoint.answers.values() if model}
    inputs = [(model, "validation") for model in sorted(requests, key=lambda model: model.__name__)]
    outputs = [(model, "serialization") for model in sorted(answers, key=lambda model: model.__name__)]
    _, made = models_json_schema(
        [*inputs, *outputs],  # type: ignore[list-item]
        ref_template=AT + "{model}",
        schema_generator=PublishedNames,
    )
    schemas: Schema = made["$defs"]
    return schemas
