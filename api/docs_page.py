"""Serves the API documentation: /api/openapi.json, and /api/docs, a page that works offline and without scripts."""

import json
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template
from secure import (
    CacheControl,
    ContentSecurityPolicy,
    ReferrerPolicy,
    Secure,
    XContentTypeOptions,
    XFrameOptions,
)

from api.openapi import PATH, Schema

DOCS, STYLE = "/api/docs", "/api/docs/style.css"
PATHS = frozenset({PATH, DOCS, STYLE})
NONE, OWN = "'none'", "'self'"
HEADERS: dict[str, str] = dict(
    Secure(
        csp=ContentSecurityPolicy()
        .default_src(NONE)
        .style_src(OWN)
        .frame_ancestors(NONE)
        .base_uri(NONE)
        .form_action(NONE),
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
        referrer=ReferrerPolicy().no_referrer(),
        cache=CacheControl().no_cache(),
    ).headers
)


def install(app: Flask, document: Schema) -> None:
    """Adds the routes. The document must not change afterwards."""
    published = json.dumps(document).encode()
    style = (Path(__file__).parent / "static" / "docs.css").read_bytes()
    sections = sections_of(document)

    def schema() -> Response:
        return Response(published, content_type="application/json", headers=HEADERS)

    def page() -> Response:
        html = render_template("docs.html", info=document["info"], sections=sections, schemas=schemas_of(document))
        return Response(html, content_type="text/html; charset=utf-8", headers=HEADERS)

    def css() -> Response:
        return Response(style, content_type="text/css; charset=utf-8", headers=HEADERS)

    for path, view in ((PATH, schema), (DOCS, page), (STYLE, css)):
        app.add_url_rule(path, path, view, methods=["GET"])


def sections_of(document: Schema) -> dict[str, list[dict[str, Any]]]:
    """Groups the operations by tag, in the document's order. Operations without a tag come last."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            (tag,) = operation.get("tags", ["webhooks, jobs and health"])
            found.setdefault(tag, []).append({"method": method.upper(), "path": path, **_shown(operation)})
    return found


def _shown(operation: Schema) -> dict[str, Any]:
    body: Schema = next(iter(operation.get("requestBody", {}).get("content", {}).values()), {})
    return {
        "id": operation["operationId"],
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "parameters": [
            {**one, "type": type_of(one["schema"])}
            for one in operation.get("parameters", [])
            if one["in"] != "header"
        ],
        "body": _name(body.get("schema", {})),
        "responses": [
            {
                "status": status,
                "description": answer["description"],
                "body": next((_name(each["schema"]) for each in answer.get("content", {}).values()), ""),
            }
            for status, answer in operation["responses"].items()
        ],
    }


def schemas_of(document: Schema) -> dict[str, dict[str, Any]]:
    """Returns the schemas by name, each with its fields."""
    return {
        name: {
            "description": schema.get("description", ""),
            "fields": [
                {
                    "name": field,
                    "type": type_of(described),
                    "link": _name(described),
                    "required": field in schema.get("required", ()),
                    "description": described.get("description", ""),
                }
                for field, described in schema.get("properties", {}).items()
            ],
        }
        for name, schema in sorted(document["components"]["schemas"].items())
    }


def type_of(schema: Schema) -> str:
    """Returns a short name of a type, such as "integer, 1 to 100" or "string or null"."""
    if "$ref" in schema:
        return _name(schema)
    if choices := schema.get("anyOf"):
        return " or ".join(dict.fromkeys(type_of(each) for each in choices))
    if "enum" in schema or "const" in schema:
        return " | ".join(json.dumps(value) for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    named = schema.get("format") or schema.get("type", "anything")
    least, most = schema.get("minimum"), schema.get("maximum")
    return f"{named}, {least} to {most}" if least is not None and most is not None else str(named)


def _name(schema: Schema) -> str:
    """Returns the name of the schema to which a field, a list or a union with null refers, or an empty string."""
    for each in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        if "$ref" in each:
            return str(each["$ref"]).rpartition("/")[2]
    return ""
