"""Sets the security headers of every response. No page may use inline scripts or styles."""

from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from secure import (
    CacheControl,
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)

from settings.web import WebSettings

TWO_YEARS = 2 * 365 * 24 * 60 * 60
NONE, OWN = "'none'", "'self'"

STRIPES_HOST = "js.stripe.com"
# https://docs.stripe.com/security/guide#content-security-policy
STRIPES_SCRIPTS = ("https://js.stripe.com", "https://*.js.stripe.com")
STRIPES_API = ("https://api.stripe.com",)
STRIPES_FRAMES = (*STRIPES_SCRIPTS, "https://hooks.stripe.com")


def install(app: Flask) -> None:
    """Adds the headers to every response, including errors. Headers that a view sets are kept."""
    settings: WebSettings = app.extensions["dependencies"].settings
    default = _headers(settings, policy())
    payment_page = _headers(settings, payment_policy(settings.stripe_js_url))

    def add_headers(response: Response) -> Response:
        for name, value in _chosen(settings, default, payment_page).items():
            response.headers.setdefault(name, value)
        return response

    app.after_request(add_headers)


def _chosen(settings: WebSettings, default: dict[str, str], payment_page: dict[str, str]) -> dict[str, str]:
    if origin := g.get("forms_lead_to"):
        return _headers(settings, policy().form_action(OWN, origin))
    return payment_page if _takes_a_card() else default


def allow_card_form() -> None:
    """Allows the current response to load Stripe's script."""
    g.takes_a_card = True


def allow_forms_to(origin: str) -> None:
    """Also allows forms of the current page to redirect to `origin`, because form-action applies to redirects."""
    g.forms_lead_to = origin


def _takes_a_card() -> bool:
    return bool(g.get("takes_a_card")) and request.method in {"GET", "HEAD"}


def policy() -> ContentSecurityPolicy:
    """Returns the policy that allows only files of this host."""
    return (
        ContentSecurityPolicy()
        .default_src(NONE)
        .script_src(OWN)
        .style_src(OWN)
        .img_src(OWN)
        .connect_src(OWN)
        .form_action(OWN)
        .frame_ancestors(NONE)
        .base_uri(NONE)
    )


def payment_policy(script: str) -> ContentSecurityPolicy:
    """Returns the policy that also allows the hosts of the card form at `script`, from Stripe or the sandbox."""
    parts = urlsplit(script)
    origin = (f"{parts.scheme}://{parts.netloc}",)
    real = parts.hostname == STRIPES_HOST
    return (
        policy()
        .script_src(OWN, *(STRIPES_SCRIPTS if real else origin))
        .connect_src(OWN, *(STRIPES_API if real else origin))
        .frame_src(*(STRIPES_FRAMES if real else origin))
    )


def _headers(settings: WebSettings, csp: ContentSecurityPolicy) -> dict[str, str]:
    https = settings.app_url.startswith("https://")
    return dict(
        Secure(
            csp=csp,
            hsts=StrictTransportSecurity().max_age(TWO_YEARS).include_subdomains() if https else None,
            xcto=XContentTypeOptions().nosniff(),
            xfo=XFrameOptions().deny(),
            referrer=ReferrerPolicy().no_referrer(),
            # Pages contain personal data, so browsers must not store them, even for the Back button.
            cache=CacheControl().no_store(),
            coop=CrossOriginOpenerPolicy().same_origin(),
            corp=CrossOriginResourcePolicy().same_origin(),
            permissions=PermissionsPolicy().camera().microphone().geolocation().usb(),
        ).headers
    )
