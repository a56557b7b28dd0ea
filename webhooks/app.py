"""Makes the web application that hears: webhooks, jobs from outside, health. No cookies, no redirects, no pages."""

from collections.abc import Callable

from flask import Flask, request
from flask.typing import ResponseReturnValue

from webhooks import error_responses, request_log
from webhooks.request import IncomingRequest
from webhooks.routes import ROUTES, Route
from webhooks.web_dependencies import WebDependencies, from_environment


def create_app(wiring: WebDependencies | None = None) -> Flask:
    """Connected as `wiring` says, else as the environment does. Raises settings.loading.SettingsError."""
    app = Flask(__name__, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    # A webhook that is sent elsewhere would have to be signed anew.
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    request_log.install(app)
    error_responses.install(app)
    wired = wiring or from_environment()
    for route in ROUTES:
        app.add_url_rule(route.path, route.path, _door(route, wired), methods=[route.method])
    return app


def _door(route: Route, wiring: WebDependencies) -> Callable[..., ResponseReturnValue]:
    """Verifies, then lets the route answer. There is no way to an answer around the proof."""

    def door(**ids: str) -> ResponseReturnValue:
        visit = IncomingRequest(request, wiring, largest_body=route.largest_body)
        refusal = route.proof(visit)
        if refusal is not None:
            return refusal
        # Too much is too much, also where nobody reads it.
        _ = visit.body
        return route.answer(visit, **ids)

    return door
