"""What browsers are told about every answer: what may run, who may frame it, what is kept. Nothing runs inline."""

from __future__ import annotations

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
    """On every answer, errors too; a view may say more itself (`assets` lets its files be kept)."""
    settings: WebSettings = app.extensions["wiring"].settings
    anywhere = _headers(settings, policy())
    payment_page = _headers(settings, payment_policy(settings.stripe_js_url))

    def tell(response: Response) -> Response:
        for name, value in (payment_page if _takes_a_card() else anywhere).items():
            response.headers.setdefault(name, value)
        return response

    app.after_request(tell)


def allow_card_form() -> None:
    """Lets this one answer load the payment company's script."""
    g.takes_a_card = True


def _takes_a_card() -> bool:
    return bool(g.get("takes_a_card")) and request.method in {"GET", "HEAD"}


def policy() -> ContentSecurityPolicy:
    """Our own files and nothing else."""
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
    """Besides, what the card form at `script` needs: Stripe's documented hosts, or the origin of a stand-in."""
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
            # What a page shows is one person's business: no copy of it stays behind, not even for the Back button.
            cache=CacheControl().no_store(),
            coop=CrossOriginOpenerPolicy().same_origin(),
            corp=CrossOriginResourcePolicy().same_origin(),
            permissions=PermissionsPolicy().camera().microphone().geolocation().usb(),
        ).headers
    )
