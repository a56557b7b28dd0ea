"""If real keys are set, `slots up` calls their providers, and rejects keys that move real money."""

import pytest

from cli.local.local_services import SERVICES
from cli.local.own_keys import own_keys
from cli.local.servers.start_errors import DidNotStartError
from cli.local.system import System

STRIPE = """\
# from the dashboard, test mode
APP_URL=https://try.example.com
STRIPE_API_KEY=rk_test_1
STRIPE_PUBLISHABLE_KEY=pk_test_1
STRIPE_WEBHOOK_SECRET=whsec_1
TWILIO_ACCOUNT_SID=
"""


def test_who_has_keys_is_asked_itself_and_the_sandbox_stands_in_for_the_rest(tmp_path, keys):
    system = System(tmp_path, environment={}, services=SERVICES, keys=own_keys(keys(STRIPE)))
    try:
        assert system.settings["STRIPE_API_URL"] == "https://api.stripe.com"
        assert system.settings["STRIPE_JS_URL"] == "https://js.stripe.com/v3/"
        assert system.settings["STRIPE_API_KEY"] == "rk_test_1"
        assert system.settings["APP_URL"] == "https://try.example.com"
        assert system.settings["TWILIO_API_URL"] == system.settings["SANDBOX_URL"]
        assert system.settings["WEB_URL"].startswith("http://127.0.0.1:")
    finally:
        system.stop()


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("", "it is empty"),
        ("STRIPE_API_KEY=rk_test_1\nSTRIPE_PUBLISHABLE_KEY=pk_test_1", "STRIPE_WEBHOOK_SECRET is missing"),
        ("TWILIO_ACCOUNT_SID=AC1\nAPP_URL=https://x.example", "TWILIO_AUTH_TOKEN is missing"),
        ("TWILIO_ACCOUNT_SID=AC1\nTWILIO_AUTH_TOKEN=x", "APP_URL is missing"),
        (STRIPE.replace("rk_test_1", "rk_live_1"), "STRIPE_API_KEY is a live key"),
        (f"{STRIPE}DATABASE_URL=postgresql://somewhere", "DATABASE_URL is not one of"),
    ],
)
def test_what_can_not_work_or_would_cost_money_is_refused(keys, text, output):
    with pytest.raises(DidNotStartError, match=output) as refused:
        own_keys(keys(text))
    assert "rk_live_1" not in str(refused.value)


@pytest.fixture
def keys(tmp_path):
    def write(text):
        path = tmp_path / "keys.env"
        path.write_text(text)
        return path

    return write
