"""Every endpoint authenticates the caller first, and each process has only the secrets that it needs."""

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from cli.local.local_services import SERVICES
from settings.database import DatabaseSettings
from settings.redis import RedisSettings
from settings.web import WebSettings
from webhooks.app import create_app
from webhooks.authentication import NOBODY
from webhooks.endpoint import ReceivingEndpoint
from webhooks.routes import ROUTES
from webhooks.web_dependencies import connect

OPEN_TO_ALL = {"/healthz", "/readyz", "/api/openapi.json"}
NOWHERE = "127.0.0.1:9"
GUARDED = [route for route in ROUTES if route.path not in OPEN_TO_ALL]


def test_only_health_and_the_schema_are_open_to_everybody() -> None:
    assert {route.path for route in ROUTES if route.authentication is NOBODY} == OPEN_TO_ALL


def test_there_are_no_routes_but_those_of_the_table(client: FlaskClient) -> None:
    known = {(rule.rule, method) for rule in client.application.url_map.iter_rules() for method in rule.methods or ()}
    assert known - {(path, "HEAD") for path, _ in known} == {(route.path, route.method) for route in ROUTES}


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.path)
def test_a_caller_without_proof_is_refused_before_anything_is_touched(
    route: ReceivingEndpoint, client: FlaskClient
) -> None:
    """Postgres and Redis are not running, so an endpoint that used them before authentication would return 503."""
    path = route.path.replace("<", "").replace(">", "")
    answer = client.open(path, method=route.method, data=b"{not json")
    assert answer.status_code in {400, 401, 403}
    assert set(answer.get_json()) == {"error"}


def test_the_web_process_knows_no_key_that_can_spend_or_send() -> None:
    assert not sees("web") & {"STRIPE_API_KEY", "TWILIO_API_KEY", "TWILIO_API_SECRET", "RESEND_API_KEY"}


def test_the_workers_know_no_secret_of_the_endpoints() -> None:
    for service in SERVICES:
        if service.name.startswith("worker"):
            assert not service.sees & {"STRIPE_WEBHOOK_SECRET", "INTERNAL_SECRET", "CRON_SECRET"}


def sees(name: str) -> frozenset[str]:
    return next(service.sees for service in SERVICES if service.name == name)


@pytest.fixture
def client() -> FlaskClient:
    settings = WebSettings(
        internal_secret=SecretStr("internal"),
        cron_secret=SecretStr("cron"),
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=SecretStr("token"),
        stripe_webhook_secret=SecretStr("whsec_x"),
    )
    database = DatabaseSettings(database_url=SecretStr(f"postgresql://nobody@{NOWHERE}/nothing"))
    redis = RedisSettings(redis_url=SecretStr(f"redis://{NOWHERE}/0"))
    return create_app(connect(settings, database, redis)).test_client()
