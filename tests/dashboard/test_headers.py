"""The security headers of every response."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.dashboard.conftest import create_app, wired
from tests.dashboard.scenes import a_hold, a_paid_booking

EVERYWHERE = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)


def directives(policy: str) -> dict[str, set[str]]:
    parts = [part.split() for part in policy.split(";")]
    return {name: set(sources) for name, *sources in parts}


def test_every_page_keeps_to_itself(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session)
    for path in (scene.pay, scene.manage, f"{scene.manage}/cancel", "/pay/unknown-unknown", f"{scene.pay}/status"):
        answer = web.get(path)
        assert EVERYWHERE.items() <= dict(answer.headers).items(), path
        assert answer.headers["Cache-Control"] == "no-store"
        assert directives(answer.headers["Content-Security-Policy"]) == {
            "default-src": {"'none'"},
            **{name: {"'self'"} for name in ("script-src", "style-src", "img-src", "connect-src", "form-action")},
            "frame-ancestors": {"'none'"},
            "base-uri": {"'none'"},
        }


def test_stripes_hosts_are_let_in_on_the_payment_page_alone(session: Session, web: FlaskClient) -> None:
    policy = directives(web.get(a_hold(session).pay).headers["Content-Security-Policy"])

    assert policy["script-src"] == {"'self'", "https://js.stripe.com", "https://*.js.stripe.com"}
    assert policy["connect-src"] == {"'self'", "https://api.stripe.com"}
    assert policy["frame-src"] == {"https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"}
    assert policy["style-src"] == {"'self'"}


def test_a_stand_in_is_let_in_by_its_own_origin(session: Session, engine: Engine, redis_url: str) -> None:
    app = create_app(wired(engine, redis_url, stripe_js_url="http://127.0.0.1:8010/stripe.js"))

    policy = directives(app.test_client().get(a_hold(session).pay).headers["Content-Security-Policy"])

    for name in ("script-src", "connect-src"):
        assert policy[name] == {"'self'", "http://127.0.0.1:8010"}
    assert policy["frame-src"] == {"http://127.0.0.1:8010"}


@pytest.mark.parametrize(("address", "secure"), [("https://book.example", True), ("http://localhost", False)])
def test_https_is_kept_to_where_there_is_https(
    session: Session, engine: Engine, redis_url: str, address: str, secure: bool
) -> None:
    scene = a_paid_booking(session)
    web = create_app(wired(engine, redis_url, app_url=address)).test_client()

    answer = web.get(f"{scene.manage}/cancel", base_url=address)

    assert ("Strict-Transport-Security" in answer.headers) == secure
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-slots=" if secure else "slots=")
    assert ("Secure" in cookie) == secure
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_pages_that_only_show_leave_no_cookie(session: Session, web: FlaskClient) -> None:
    scene = a_hold(session)

    assert not any("Set-Cookie" in web.get(path).headers for path in (scene.pay, scene.manage))


def test_no_script_or_style_is_inline(session: Session, web: FlaskClient) -> None:
    held, booked = a_hold(session), a_paid_booking(session)

    for path in (held.pay, booked.pay, booked.manage, f"{booked.manage}/cancel", "/pay/unknown-unknown"):
        assert not INLINE.search(web.get(path).text), path


def test_files_are_kept_under_their_version_and_not_under_another(web: FlaskClient, app: Flask) -> None:
    current = app.jinja_env.globals["asset"]("pay.js")  # type: ignore[operator]

    kept, old = (web.get(path, buffered=True) for path in (current, "/static/older/pay.js"))

    assert "immutable" in kept.headers["Cache-Control"]
    assert old.headers["Cache-Control"] == "no-cache"
    assert kept.mimetype == "text/javascript"
    assert web.get("/static/older/../app.py").status_code == 404
