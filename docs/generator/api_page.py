"""docs/reference/api.md: requests and responses of the endpoints, from the published OpenAPI document."""

from collections.abc import Iterable, Mapping
from typing import Any

from docs.generator.markdown import code, page, table

INTRODUCTION = """\
The web process serves this as OpenAPI 3.1 at `/api/openapi.json`, and as a page at `/api/docs`. Errors below
`/api/v1` are [Problems](#problem), and all other errors are [ErrorResponses](#errorresponse). [Routes](routes.md)
describes how requests are authenticated."""

Schema = Mapping[str, Any]


def api_page() -> str:
    """Returns the page: the operations in the order of the route table, then the schemas by name."""
    from api import openapi
    from api.routes import ENDPOINTS
    from webhooks.routes import document

    published = openapi.joined(openapi.document(ENDPOINTS), document())
    operations = [
        _operation(method, path, operation, published["components"]["securitySchemes"])
        for path, methods in published["paths"].items()
        for method, operation in methods.items()
    ]
    bodies = [_body(name, schema) for name, schema in sorted(published["components"]["schemas"].items())]
    return page("HTTP API", INTRODUCTION, *operations, "## Schemas", *bodies)


def _operation(method: str, path: str, operation: Schema, schemes: Schema) -> str:
    parts = [f"## {code(f'{method.upper()} {path}')}", operation["summary"], _authentication(operation, schemes)]
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"Request body: {_type(content['schema'])} as {code(media)}.")
    rows = (
        (status, response["description"], _response_body(response.get("content", {})))
        for status, response in operation["responses"].items()
    )
    return "\n\n".join((*parts, table(("Status", "Meaning", "Body"), rows)))


def _authentication(operation: Schema, schemes: Schema) -> str:
    if not operation["security"]:
        return "No authentication."
    (name,) = operation["security"][0]
    header = schemes[name].get("name", "Authorization: Bearer ...")
    return f"Requires the {code(header)} header. {schemes[name]['description']}"


def _response_body(content: Schema) -> str:
    return " or ".join(
        _type(body["schema"]) if "$ref" in body["schema"] else code(media) for media, body in content.items()
    )


def _body(name: str, schema: Schema) -> str:
    parts = [f"### {name}", " ".join(str(schema.get("description", "")).split())]
    if "properties" in schema:
        required = schema.get("required", ())
        rows = ((code(n), _type(s), "yes" if n in required else "no") for n, s in schema["properties"].items())
        parts.append(table(("Name", "Type", "Always present"), rows))
    elif "anyOf" in schema:
        parts.append(f"One of {_one_of(schema['anyOf'])}.")
    return "\n\n".join(parts)


def _one_of(schemas: Iterable[Schema]) -> str:
    return " or ".join(_type(each) for each in schemas)


def _type(schema: Schema) -> str:
    """Returns the short name of a type. A schema with its own section becomes a link."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return _one_of(schema["anyOf"])
    if "const" in schema:
        value = schema["const"]
        return code(str(value).lower() if isinstance(value, bool) else value)
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return " ".join(filter(None, (schema.get("type", "anything"), schema.get("format"))))
