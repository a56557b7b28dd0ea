"""The web application of the sandbox.

Run it with `granian --interface wsgi --host 127.0.0.1 --port N --workers 1 --blocking-threads 32 --factory
sandbox.app:create_app`, or call `create_app(environ)` in your own process.
"""

import atexit
import os
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox import (
    calendars_page,
    control,
    loopback,
    phones,
    received_webhooks,
    resend_api,
    stripe_api,
    stripe_idempotency,
    twilio_api,
)
from sandbox.api_calls import Sandbox
from sandbox.calendars import authorize_page, calendar_actions, stand_ins
from sandbox.faults import Faults
from sandbox.ledger import Ledger, entry
from sandbox.sandbox_settings import Settings, read_settings
from sandbox.store import Store
from sandbox.webhook_delivery import Courier

BLUEPRINTS = (twilio_api.bp, stripe_api.bp, stripe_api.browser_bp, resend_api.bp, control.bp, phones.bp)
CALENDAR_BLUEPRINTS = (*stand_ins.BLUEPRINTS, calendar_actions.bp, authorize_page.bp, calendars_page.bp)
PAGES = (received_webhooks.bp,)
APIS = {"/2010-04-01/": "twilio", "/v1/": "stripe", **{f"/{kind}/": kind for kind in stand_ins.STAND_INS}}
LARGEST_BODY = 1024 * 1024
UNKNOWN_ADDRESS = "192.0.2.0"


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """Raises StartRefusedError if the environment is unsuitable. `environ` defaults to the process's environment."""
    settings = read_settings(os.environ if environ is None else environ)
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    box = open_sandbox(settings)
    app.extensions["sandbox"] = box
    app.before_request(allow_loopback_only)
    app.register_error_handler(HTTPException, as_json)
    for blueprint in (*BLUEPRINTS, *CALENDAR_BLUEPRINTS, *PAGES):
        app.register_blueprint(blueprint)
    atexit.register(box.courier.stop)
    return app


def open_sandbox(settings: Settings) -> Sandbox:
    """Opens the stored state and resumes pending deliveries."""
    store = Store(settings.folder)
    ledger = Ledger(store, settings.folder)
    faults = Faults(store)
    signers = {kind: one.sign for kind, one in stand_ins.STAND_INS.items()}
    courier = Courier(store, ledger, faults, settings, signers)
    with store.transaction() as tx:
        stripe_idempotency.release_unfinished(tx)
    courier.start()
    return Sandbox(settings, store, ledger, faults, courier)


def close(app: Flask) -> None:
    """Stops deliveries and closes the files, so that another instance can open the data folder."""
    box: Sandbox = app.extensions["sandbox"]
    atexit.unregister(box.courier.stop)
    box.courier.stop()
    box.ledger.close()
    box.store.close()


def allow_loopback_only() -> tuple[Response, int] | None:
    """Refuses requests from other machines, for other host names, and from other websites."""
    host = urlsplit(f"//{request.host}").hostname or ""
    if not ip_address(request.remote_addr or UNKNOWN_ADDRESS).is_loopback or host not in loopback.NAMES:
        return jsonify({"error": "the sandbox accepts requests from loopback only"}), 421
    origin = request.headers.get("Origin")
    if origin and request.path.startswith("/sandbox/") and (urlsplit(origin).hostname or "") not in loopback.NAMES:
        return jsonify({"error": "foreign origin"}), 403
    return None


def as_json(error: HTTPException) -> tuple[Response, int]:
    """Returns errors as JSON. Requests for unknown paths of a provider's API are also recorded in the ledger."""
    provider = next((name for prefix, name in APIS.items() if request.path.startswith(prefix)), None)
    if provider is not None:
        box: Sandbox = current_app.extensions["sandbox"]
        params = request.values.to_dict()
        line = entry("request", provider, request.method, request.path, params=params, status=error.code or 500)
        with box.store.transaction() as tx:
            box.ledger.append(tx, line)
        box.ledger.flush()
    return jsonify({"error": error.description}), error.code or 500
