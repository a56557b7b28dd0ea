"""Builds the Flask application for webhooks, job endpoints and health checks, without cookies or pages."""

from collections.abc import Callable

from flask import Flask, request
from flask.typing import ResponseReturnValue

from webhooks import error_responses, request_log
from webhooks.endpoint import ReceivingEndpoint
from webhooks.request import IncomingRequest
from webhooks.routes import ROUTES
from webhooks.web_dependencies import WebDependencies, from_environment


def create_app(dependencies: WebDependencies | None = None) -> Flask:
    """Creates the application. Reads the environment if `dependencies` is None. Raises
    settings.loading.SettingsError.
    """
    app = Flask(__name__, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    # Redirects are disabled, because a redirected webhook would need a new signature.
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    request_log.install(app)
    error_responses.install(app)
    connected = dependencies or from_environment()
    for endpoint in ROUTES:
        if endpoint.authentication.sender:
            connected.refusals.start(endpoint.authentication.sender)
        app.add_url_rule(endpoint.path, endpoint.path, _view(endpoint, connected), methods=[endpoint.method])
    return app


def _view(endpoint: ReceivingEndpoint, dependencies: WebDependencies) -> Callable[..., ResponseReturnValue]:
    """Returns the view function of an endpoint. The function authenticates the caller and then responds."""

    def view(**ids: str) -> ResponseReturnValue:
        incoming = IncomingRequest(request, dependencies, largest_body=endpoint.largest_body)
        refusal = endpoint.authentication.check(incoming)
        if refusal is not None:
            return refusal
        # This refuses a body that is too large even if the endpoint does not read it.
        _ = incoming.body
        return endpoint.answer(incoming, **ids)

    return view
