"""Every route requires authentication or is listed here as open, and the contract contains every route."""

import pytest

from webhooks.routes import ROUTES

CONTRACT = {
    ("POST", "/api/twilio/inbound"): "signed_by_twilio",
    ("POST", "/api/twilio/status/<message_id>"): "signed_by_twilio",
    ("POST", "/api/stripe/webhook"): "signed_by_stripe",
    ("POST", "/api/email/status"): "signed_by_resend",
    ("POST", "/api/calendars/<calendar_id>/webhook"): "signed_by_calendar",
    ("POST", "/api/appointments/<appointment_id>/cancel"): "internal_secret",
    ("POST", "/api/jobs/offer-loop"): "internal_secret",
    ("POST", "/api/jobs/expire-offers"): "cron_secret",
    ("POST", "/api/jobs/resolve-outcomes"): "cron_secret",
    ("GET", "/api/cron/cleanup"): "cron_bearer",
    ("GET", "/api/cron/reminders"): "cron_bearer",
    ("GET", "/healthz"): "nobody",
    ("GET", "/readyz"): "nobody",
    ("GET", "/api/openapi.json"): "nobody",
}
OPEN = {"/healthz", "/readyz", "/api/openapi.json"}
STRANGERS = {403, 400, 401}


def test_the_routes_are_those_of_the_contract_each_with_its_proof(app):
    assert {(route.method, route.path): route.authentication.name for route in ROUTES} == CONTRACT
    served = {(method, rule.rule) for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD"}}
    assert served == set(CONTRACT)


def test_only_what_says_nothing_private_is_open():
    assert {path for (_, path), proof in CONTRACT.items() if proof == "nobody"} == OPEN


@pytest.mark.parametrize(("method", "path"), [key for key in CONTRACT if key[1] not in OPEN])
def test_a_visitor_cannot_open_any_page(client, method, path):
    """Calls the served routes, because only a response shows that authentication is missing."""
    named = path.replace("<message_id>", "m").replace("<appointment_id>", "a")
    for body in (b"", b"{}", b"a=b"):
        answer = client.open(named, method=method, data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in STRANGERS
        assert set(answer.json) == {"error"}


@pytest.mark.parametrize(("method", "path"), CONTRACT)
def test_other_methods_are_refused_with_the_allowed_method(client, method, path):
    others = {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"} - {method}
    for other in others:
        answer = client.open(path, method=other)
        assert (answer.status_code, answer.json) == (405, {"error": "Method Not Allowed"})
        assert method in answer.headers["Allow"]


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/", "/api/nothing", "/nothing", "/healthz/x", "//healthz", "/%00"]
)
def test_a_path_of_nobody_is_not_found(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json) == (404, {"error": "Not Found"})


@pytest.mark.parametrize("path", ["/healthz", "/api/twilio/inbound/", "/api/nothing", "/api//stripe/webhook"])
def test_nothing_is_redirected_and_no_cookie_is_set(client, path):
    for method in ("GET", "POST"):
        answer = client.open(path, method=method)
        assert not 300 <= answer.status_code < 400
        assert "Set-Cookie" not in answer.headers
