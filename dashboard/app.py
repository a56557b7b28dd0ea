"""Makes the web application for everything a person looks at: /app, /pay, /manage and /static."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard import assets, failures, forgery, forms, headers, shown
from dashboard.customer import emails, manage, pay
from dashboard.customer.links import LinkToken
from dashboard.forms import LARGEST_FORM
from dashboard.shop import bringing, pages
from dashboard.wiring import Wiring, from_environment
from settings.web import WebSettings

PREFIXES = ("/app", "/pay", "/manage", "/static")
"""The first part of every path that is answered here; whoever composes several applications sends these."""

# The customer's pages; the shop's stand beside them, in a package of their own.
BLUEPRINTS = (pay.bp, manage.bp, emails.bp)

LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]


def create_app(wiring: Wiring | None = None) -> Flask:
    """Connected as `wiring` says, else as the environment does. Raises settings.loading.SettingsError."""
    wired = wiring or from_environment()
    app = Flask(__name__, static_folder=None)
    app.config.update(_config(wired.settings))
    app.extensions["wiring"] = wired
    app.url_map.converters["link_token"] = LinkToken
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.before_request(forgery.refuse_foreign_pages)
    app.before_request(forms.refuse_many_fields)
    protection = CSRFProtect(app)
    # A mailbox that ends e-mails brings no cookie to tie a token to.
    protection.exempt(emails.bp)
    # It checks the token itself, once it knows the caller: the token is in the form, behind which comes a file.
    protection.exempt(bringing.bp)
    for part in (assets, shown, headers, failures):
        part.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    pages.install(app)
    # The address of the visitor alone: links and cookies go by APP_URL, whatever a proxy says.
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=wired.settings.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
    )
    return app


def largest_body(method: str, path: str) -> int:
    """Bytes of a body that may be received: what is larger than LARGEST_FORM only after the caller is known."""
    if method != "POST":
        return 0
    return bringing.LARGEST_BODY if path == bringing.PATH else LARGEST_FORM


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
        **forms.CONFIG,
        **forgery.CONFIG,
    }
