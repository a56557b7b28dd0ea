"""docs/reference/routes.md: every address that answers, and how callers prove themselves."""

from collections.abc import Iterable
from typing import Any, cast

from flask import Flask

from cli.reference.markdown import code, page, sentence, table

INTRODUCTION = """\
Callers prove themselves before anything is parsed. A door verifies, records, rings and answers; it decides
nothing. Every refusal is JSON: `{"error": ...}`."""

PAGES_INTRODUCTION = "The shop's pages need a signed-in member of staff, the customer's pages the token of the link."


def routes_page() -> str:
    """The doors from their table, the pages from Flask's own."""
    from webhooks.routes import ROUTES

    doors = table(
        ("Route", "Callers prove themselves by", "Largest body", "Answered by", "What to know"),
        (
            (
                code(f"{route.method} {route.path}"),
                f"{_name(route.authenticate).replace('_', ' ')}: {sentence(route.authenticate)}",
                f"{route.largest_body // 1024} KiB",
                code(f"{route.answer.__module__.rpartition('.')[2]}.{_name(route.answer)}"),
                sentence(route.answer),
            )
            for route in ROUTES
        ),
    )
    pages = table(("Page", "What it does"), _pages())
    return page("Routes", INTRODUCTION, f"## Doors\n\n{doors}", f"## Pages\n\n{PAGES_INTRODUCTION}\n\n{pages}")


def _name(function: object) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _pages() -> Iterable[tuple[str, str]]:
    app = _dashboard()
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        yield code(f"{', '.join(methods)} {rule.rule}"), sentence(app.view_functions[rule.endpoint])


def _dashboard() -> Flask:
    """The application with its defaults, connected to nothing."""
    from dashboard.app import create_app
    from dashboard.page_dependencies import PageDependencies
    from settings.web import WebSettings

    nothing = cast("Any", None)
    return create_app(PageDependencies(WebSettings.model_construct(), nothing, nothing))
