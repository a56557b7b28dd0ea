"""Makes the web application for everything a person looks at: /app, /pay, /manage and /static."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard import assets, csrf, error_pages, form_limits, formatting, security_headers
from dashboard.customer import manage_page, payment_page, unsubscribe
from dashboard.customer.links import LinkToken
from dashboard.form_limits import LARGEST_FORM
from dashboard.page_dependencies import PageDependencies, from_environment
from dashboard.shop import import_page, shop_pages
from settings.web import WebSettings

PREFIXES = ("/app", "/pay", "/manage", "/static")
"""The first part of every path that is answered here; whoever composes several applications sends these."""

# The customer's pages; the shop's stand beside them, in a package of their own.
BLUEPRINTS = (payment_page.bp, manage_page.bp, unsubscribe.bp)

LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]


def create_app(wiring: PageDependencies | None = None) -> Flask:
    """Connected as `wiring` says, else as the environment does. Raises settings.loading.SettingsError."""
    wired = wiring or from_environment()
    app = Flask(__name__, static_folder=None)
    app.config.update(_config(wired.settings))
    app.extensions["wiring"] = wired
    app.url_map.converters["link_token"] = LinkToken
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.before_request(csrf.refuse_foreign_pages)
    app.before_request(form_limits.refuse_many_fields)
    protection = CSRFProtect(app)
    # A mailbox that ends e-mails brings no cookie to tie a token to.
    protection.exempt(unsubscribe.bp)
    # It checks the token itself, once it knows the caller: the token is in the form, behind which comes a file.
    protection.exempt(import_page.bp)
    for part in (assets, formatting, security_headers, error_pages):
        part.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    shop_pages.install(app)
    # The address of the visitor alone: links and cookies go by APP_URL, whatever a proxy says.
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=wired.settings.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
    )
    return app


def largest_body(method: str, path: str) -> int:
    """Bytes of a body that may be received: what is larger than LARGEST_FORM only after the caller is known."""
    if method != "POST":
        return 0
    return import_page.LARGEST_BODY if path == import_page.PATH else LARGEST_FORM


def _config(settings: WebSettings) -> dict[str, object]:
    address = urlsplit(settings.app_url)
    https = address.scheme == "https"
    loopback = [] if settings.environment == "production" else LOOPBACK_NAMES
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "TRUSTED_HOSTS": [address.hostname, *loopback],
        # A name with __Host- is taken only with Secure, for the whole host and for no other.
        "SESSION_COOKIE_NAME": "__Host-slots" if https else "slots",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        **form_limits.CONFIG,
        **csrf.CONFIG,
    }
