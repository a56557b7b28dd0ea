"""Creates the Flask application that serves the pages for shops and customers."""

from urllib.parse import urlsplit

from flask import Flask, redirect
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard import (
    assets,
    catalogues,
    csrf,
    error_pages,
    form_limits,
    formatting,
    request_metrics,
    security_headers,
)
from dashboard.customer import (
    email_consent_page,
    join_page,
    manage_page,
    offer_page,
    payment_page,
    unsubscribe,
    waitlist_entry_page,
)
from dashboard.customer.links import LinkToken
from dashboard.form_limits import LARGEST_FORM
from dashboard.page_dependencies import PageDependencies, from_environment
from dashboard.shop import shop_pages
from dashboard.shop.imports import appointment_import_page, customer_import_page, waitlist_import_page
from dashboard.shop.imports.held_uploads import LARGEST_UPLOAD
from dashboard.signing import keys_oldest_first
from settings.web import WebSettings

PREFIXES = ("/", "/app", "/pay", "/manage", "/offer", "/join", "/waitlist", "/static")
"""The first path segments that this application serves."""

# The customer pages. `shop_pages` registers the shop's pages.
BLUEPRINTS = (
    *(payment_page.bp, manage_page.bp, unsubscribe.bp, offer_page.bp),
    *(join_page.bp, waitlist_entry_page.bp, email_consent_page.bp),
)

IMPORTS = (customer_import_page.bp, appointment_import_page.bp, waitlist_import_page.bp)
"""The pages that accept file uploads."""
IMPORT_PATHS = frozenset(f"{shop_pages.bp.url_prefix}{page.url_prefix}" for page in IMPORTS)

LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]


def create_app(dependencies: PageDependencies | None = None) -> Flask:
    """Creates the application. If `dependencies` is None, reads the settings from the environment.

    Raises settings.loading.SettingsError if a setting is invalid.
    """
    dependencies = dependencies or from_environment()
    app = Flask(__name__, static_folder=None)
    app.config.update(_config(dependencies.settings))
    app.extensions["dependencies"] = dependencies
    app.url_map.converters["link_token"] = LinkToken
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    # This must come first so that rejected requests are also counted.
    request_metrics.install(app)
    app.before_request(csrf.refuse_foreign_pages)
    app.before_request(form_limits.refuse_many_fields)
    protection = CSRFProtect(app)
    # A mail client that unsubscribes a customer sends no cookie and therefore no CSRF token.
    protection.exempt(unsubscribe.bp)
    # The import pages check the token after authentication, because their forms contain large files.
    for page in IMPORTS:
        protection.exempt(page)
    for part in (assets, catalogues, formatting, security_headers, error_pages):
        part.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    shop_pages.install(app)
    app.add_url_rule("/", "home", _home)
    # Only the client's address is taken from proxy headers. Links and cookies are based on APP_URL.
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=dependencies.settings.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
    )
    return app


def _home() -> ResponseReturnValue:
    """Redirects to the shop's pages."""
    return redirect("/app/")


def largest_body(method: str, path: str) -> int:
    """The largest accepted request body for this path, in bytes."""
    if method != "POST":
        return 0
    return LARGEST_UPLOAD if path in IMPORT_PATHS else LARGEST_FORM


def _config(settings: WebSettings) -> dict[str, object]:
    address = urlsplit(settings.app_url)
    https = address.scheme == "https"
    loopback = [] if settings.environment == "production" else LOOPBACK_NAMES
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "SECRET_KEY_FALLBACKS": settings.secret_keys[1:],
        "WTF_CSRF_SECRET_KEY": keys_oldest_first(settings.secret_keys),
        "TRUSTED_HOSTS": [address.hostname, *loopback],
        # Browsers accept a __Host- cookie only with the Secure attribute, and send it only to this host.
        "SESSION_COOKIE_NAME": "__Host-slots" if https else "slots",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        **form_limits.CONFIG,
        **csrf.CONFIG,
    }
