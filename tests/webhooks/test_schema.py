"""The published schema is correct: generated valid and invalid requests get the documented responses."""

import datetime as dt
import time
from collections.abc import Iterator, Mapping
from functools import cache
from urllib.parse import parse_qs

import pytest
import stripe
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import BaseSchema, Case, GenerationMode, openapi
from schemathesis.specs.openapi.checks import ignored_auth
from standardwebhooks import Webhook
from werkzeug.test import EnvironBuilder

from tests import credentials
from tests.builders import a_customer, a_settled_booking, an_appointment
from tests.effort import long_except
from tests.webhooks import callers
from tests.webhooks.conftest import opened_endpoints
from webhooks.app import create_app
from webhooks.openapi import document
from webhooks.routes import ROUTES

NO_REDIS = "redis://127.0.0.1:9/0"  # Without a broker, jobs immediately report that they are not finished.
SECRETS = {
    "internal_secret": {"x-internal-secret": credentials.INTERNAL_SECRET},
    "cron_secret": {"x-cron-secret": credentials.CRON_SECRET},
    "cron_bearer": {"Authorization": f"Bearer {credentials.CRON_SECRET}"},
}
BY_LABEL = {f"{route.method} {route.path}": route for route in ROUTES}
# For a missing signature, Stripe and Resend receive 400 instead of 401, as the contract requires.
OTHERWISE = {label: [ignored_auth] for label, route in BY_LABEL.items() if 400 in route.authentication.refused_with}
PATIENTLY = settings(
    max_examples=10,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_it_is_sound_and_served_to_everybody(client):
    answer = client.get("/api/openapi.json")
    assert answer.json == document(ROUTES)
    openapi.from_dict(answer.json).validate()


@pytest.mark.parametrize("label", long_except(BY_LABEL, *list(BY_LABEL)[::4]))
def test_a_valid_request_gets_a_response_of_the_schema(endpoints, label):
    check_each_case(endpoints, label, GenerationMode.POSITIVE)


@pytest.mark.parametrize("label", ["POST /api/stripe/webhook", "POST /api/jobs/offer-loop"])
def test_an_invalid_request_is_refused_as_in_the_schema(endpoints, label):
    check_each_case(endpoints, label, GenerationMode.NEGATIVE)


def test_a_cancellation_is_answered_as_the_schema_says(endpoints, session, shop):
    customer = a_customer(session, shop)
    booked, settled = an_appointment(session, customer), a_settled_booking(session, customer, days_ago=2)
    session.commit()
    cancel = operation_of(endpoints, "POST /api/appointments/<appointment_id>/cancel")
    for appointment, status in ((booked, 202), (booked, 202), (settled, 409)):
        case = cancel.Case(path_parameters={"appointment_id": str(appointment.id)})
        assert case.call_and_validate(headers=SECRETS["internal_secret"]).status_code == status


def check_each_case(endpoints: Flask, label: str, mode: GenerationMode) -> None:
    operation = operation_of(endpoints, label)

    @PATIENTLY
    @given(case=operation.as_strategy(generation_mode=mode))
    def is_answered_as_the_schema_says(case: Case) -> None:
        if isinstance(case.body, dict) and case.body.get("livemode") is True:
            case.body["livemode"] = False  # The endpoint accepts only test events.
        case.call_and_validate(headers=proven(case), excluded_checks=OTHERWISE.get(label))

    is_answered_as_the_schema_says()


def operation_of(endpoints, label):
    method, rule = label.split(" ", 1)
    path = rule.replace("<", "{").replace(">", "}")
    return described(endpoints)[path][method]


@cache
def described(endpoints: Flask) -> BaseSchema:
    """Caches the result, because reading the schema takes longer than the requests."""
    return openapi.from_wsgi("/api/openapi.json", endpoints)


def proven(case: Case) -> Mapping[str, str]:
    """Returns the headers of an authorised caller."""
    (scheme,) = (
        case.operation.definition.raw["security"][0] if case.operation.definition.raw["security"] else ("nobody",)
    )
    return SIGNED[scheme](case) if scheme in SIGNED else SECRETS.get(scheme, {})


def by_twilio(case: Case) -> Mapping[str, str]:
    form = parse_qs(body_of(case).decode(errors="replace"), keep_blank_values=True)
    return {"X-Twilio-Signature": callers.TwilioCaller(None).signature(case.formatted_path, form)}


def by_stripe(case: Case) -> Mapping[str, str]:
    body = body_of(case).decode(errors="replace")
    sign = stripe.WebhookSignature.generate_signature_header
    return {"Stripe-Signature": sign(body, credentials.STRIPE_SECRET, int(time.time()))}


def by_resend(case: Case) -> Mapping[str, str]:
    now = dt.datetime.now(dt.UTC)
    signature = Webhook(credentials.RESEND_SECRET).sign("msg_1", now, body_of(case).decode(errors="replace"))
    return {"svix-id": "msg_1", "svix-timestamp": str(int(now.timestamp())), "svix-signature": signature}


SIGNED = {"signed_by_twilio": by_twilio, "signed_by_stripe": by_stripe, "signed_by_resend": by_resend}


def body_of(case: Case) -> bytes:
    """Returns the body as it is sent over the network."""
    return EnvironBuilder(**case.as_transport_kwargs()).get_request().get_data(parse_form_data=False)


@pytest.fixture(scope="module")
def shared_endpoints(shared_database) -> Iterator[Flask]:
    with opened_endpoints() as endpoints_on:
        yield create_app(endpoints_on(shared_database, NO_REDIS))


@pytest.fixture
def endpoints(shared_endpoints, database_url) -> Flask:
    return shared_endpoints
