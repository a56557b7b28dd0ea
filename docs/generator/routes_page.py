"""docs/reference/routes.md: every route, and how its requests are authenticated."""

from collections.abc import Iterable
from typing import Any, cast

from flask import Flask

from docs.generator.markdown import code, page, sentence, table

INTRODUCTION = """\
A request is authenticated before its body is parsed. An endpoint authenticates, records, publishes and responds, but
makes no decisions. Every error response is JSON: `{"error": ...}`."""

PAGES_INTRODUCTION = (
    "The shop's pages require a signed-in member of staff; the customer's pages require the token in the link."
)


def routes_page() -> str:
    """Returns the page: endpoints from the route table, and pages from Flask's URL map."""
    from webhooks.routes import ROUTES

    endpoints = table(
        ("Route", "Authentication", "Largest body", "Handler", "Description"),
        (
            (
                code(f"{route.method} {route.path}"),
                f"{route.authentication.name.replace('_', ' ')}: {route.authentication.description}",
                f"{route.largest_body // 1024} KiB",
                code(f"{route.answer.__module__.rpartition('.')[2]}.{_name(route.answer)}"),
                sentence(route.answer),
            )
            for route in ROUTES
        ),
    )
    pages = table(("Page", "Description"), _pages())
    return page(
        "Routes", INTRODUCTION, f"## Endpoints\n\n{endpoints}", f"## Pages\n\n{PAGES_INTRODUCTION}\n\n{pages}"
    )


def _name(function: object) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _pages() -> Iterable[tuple[str, str]]:
    app = _dashboard()
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        yield code(f"{', '.join(methods)} {rule.rule}"), sentence(app.view_functions[rule.endpoint])


def _dashboard() -> Flask:
    """Returns the dashboard application with default settings and without connections."""
    from dashboard.app import create_app
    from dashboard.page_dependencies import PageDependencies
    from settings.web import WebSettings

    nothing = cast("Any", None)
    return create_app(PageDependencies(WebSettings.model_construct(), nothing, nothing))
