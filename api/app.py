"""Creates the Flask application that serves /api/v1 and its documentation, /api/openapi.json and /api/docs."""

from collections.abc import Callable, Sequence

from flask import Flask, Response, request
from werkzeug.routing import BaseConverter

from api import docs_page, error_responses, openapi, request_log
from api.api_dependencies import ApiDependencies, from_environment
from api.endpoint import PREFIX, Endpoint
from api.incoming import LARGEST_BODY
from api.openapi import Schema
from api.respond import Responder, add_rate_headers
from api.routes import ENDPOINTS


class ExternalIdConverter(BaseConverter):
    """Matches any text, including leading and trailing slashes."""

    regex = r"[\s\S]+"
    part_isolating = False


def create_app(dependencies: ApiDependencies | None = None, *, others: Sequence[Schema] = ()) -> Flask:
    """Creates the application. If `dependencies` is None, reads the settings from the environment.

    The served OpenAPI document includes `others`, the documents of other applications on the same port. Raises
    settings.loading.SettingsError if a setting is invalid.
    """
    app = Flask(__name__, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.converters["external_id"] = ExternalIdConverter
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    request_log.install(app)
    error_responses.install(app)
    app.after_request(add_rate_headers)
    connected = dependencies or from_environment()
    for endpoint in ENDPOINTS:
        view = _view(endpoint, connected)
        app.add_url_rule(endpoint.rule, f"{endpoint.method} {endpoint.path}", view, methods=[endpoint.method])
    docs_page.install(app, openapi.joined(openapi.document(ENDPOINTS), *others))
    return app


def _view(endpoint: Endpoint, dependencies: ApiDependencies) -> Callable[..., Response]:
    responder = Responder(endpoint, dependencies)

    def view(**ids: object) -> Response:
        return responder.respond(request, ids)

    return view


def serves(path: str) -> bool:
    """Returns whether this application handles requests to this path."""
    return path in docs_page.PATHS or path == PREFIX or path.startswith(PREFIX + "/")


def largest_body(method: str, path: str) -> int:
    """Returns the maximum number of bytes to receive before the application is called; 0 if there is no body."""
    return 0 if method in {"GET", "HEAD"} else LARGEST_BODY
