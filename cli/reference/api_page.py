"""docs/reference/api.md: what the doors take and answer, from the schema that they publish."""

from collections.abc import Iterable, Mapping
from typing import Any

from cli.reference.markdown import code, page, table

INTRODUCTION = """\
The web serves this as OpenAPI 3.1 at `/api/openapi.json`, for whatever makes clients. Every refusal is a `Refused`.
How callers prove themselves is told with the [routes](routes.md)."""

Schema = Mapping[str, Any]


def api_page() -> str:
    """The operations in the order of their table, then the bodies by name."""
    from webhooks.openapi import document
    from webhooks.routes import ROUTES

    told = document(ROUTES)
    operations = [
        _operation(method, path, operation, told["components"]["securitySchemes"])
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
    ]
    bodies = [_body(name, schema) for name, schema in sorted(told["components"]["schemas"].items())]
    return page("HTTP interface", INTRODUCTION, *operations, "## Bodies", *bodies)


def _operation(method: str, path: str, operation: Schema, schemes: Schema) -> str:
    parts = [f"## {code(f'{method.upper()} {path}')}", operation["summary"], _proof(operation, schemes)]
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"Takes {_kind(content['schema'])} as {code(media)}.")
    rows = (
        (status, response["description"], _answer(response.get("content", {})))
        for status, response in operation["responses"].items()
    )
    return "\n\n".join((*parts, table(("Answer", "Means", "Body"), rows)))


def _proof(operation: Schema, schemes: Schema) -> str:
    if not operation["security"]:
        return "Open to everybody."
    (name,) = operation["security"][0]
    header = schemes[name].get("name", "Authorization: Bearer ...")
    return f"Needs the header {code(header)}: {schemes[name]['description']}"


def _answer(content: Schema) -> str:
    return " or ".join(
        _kind(body["schema"]) if "$ref" in body["schema"] else code(media) for media, body in content.items()
    )


def _body(name: str, schema: Schema) -> str:
    parts = [f"### {name}", " ".join(str(schema.get("description", "")).split())]
    if "properties" in schema:
        required = schema.get("required", ())
        rows = ((code(n), _kind(s), "yes" if n in required else "no") for n, s in schema["properties"].items())
        parts.append(table(("Name", "Kind", "Always"), rows))
    elif "anyOf" in schema:
        parts.append(f"One of {_one_of(schema['anyOf'])}.")
    return "\n\n".join(parts)


def _one_of(schemas: Iterable[Schema]) -> str:
    return " or ".join(_kind(each) for each in schemas)


def _kind(schema: Schema) -> str:
    """In a few words, with a link where there is more to say."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return _one_of(schema["anyOf"])
    if "const" in schema:
        value = schema["const"]
        return code(str(value).lower() if isinstance(value, bool) else value)
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    return " ".join(filter(None, (schema.get("type", "anything"), schema.get("format"))))
