"""Access to the sandbox: only from this machine, never in production, limited for browsers with a client secret."""

import pytest
import requests

from sandbox.app import create_app
from sandbox.sandbox_settings import StartRefusedError
from tests.waiting import PATIENCE_SECONDS

ENVIRONMENT = {
    "SANDBOX_URL": "http://127.0.0.1:1",
    "APP_URL": "http://127.0.0.1:2",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "token",
    "STRIPE_API_KEY": "sk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
}


@pytest.mark.parametrize(
    "wrong", [{"ENVIRONMENT": "Production"}, {"STRIPE_API_KEY": "sk_live_1"}, {"TWILIO_AUTH_TOKEN": ""}]
)
def test_it_refuses_to_start(tmp_path, wrong):
    with pytest.raises(StartRefusedError):
        create_app({**ENVIRONMENT, "SANDBOX_DIR": str(tmp_path), **wrong})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.0.2.1:80", ""])
def test_a_foreign_host_is_refused(sandbox, host):
    for path in ("/phones", "/sandbox/ledger", "/v1/events"):
        assert requests.get(sandbox.url + path, headers={"Host": host}, timeout=PATIENCE_SECONDS).status_code in (
            400,
            421,
        )


def test_a_page_elsewhere_cannot_work_the_controls(sandbox):
    answer = requests.delete(
        f"{sandbox.url}/sandbox/faults", headers={"Origin": "https://evil.example"}, timeout=PATIENCE_SECONDS
    )
    assert answer.status_code == 403


def paying(sandbox, intent, number, secret=None, key="pk_test_1"):
    asked = {"key": key, "client_secret": secret or intent.client_secret, "payment_method_data[card][number]": number}
    url = f"{sandbox.url}/v1/payment_intents/{intent.id}/confirm"
    return requests.post(
        url, asked, headers={"Origin": requests.utils.urlparse(sandbox.app).geturl()}, timeout=PATIENCE_SECONDS
    )


def test_a_browser_pays_with_the_client_secret(sandbox, application):
    sandbox.app = application.url
    intent = sandbox.intent(metadata={"appointment_id": "a1"})
    declined = paying(sandbox, intent, "4000 0000 0000 0002")
    assert (declined.status_code, declined.json()["error"]["code"]) == (402, "card_declined")
    paid = paying(sandbox, intent, "4242424242424242")
    assert paid.json()["status"] == "succeeded"
    assert paid.headers["Access-Control-Allow-Origin"] == application.url
    assert "metadata" not in paid.json()
    assert "metadata" not in declined.json()["error"]["payment_intent"]


def test_a_browser_without_the_right_secret_gets_nothing(sandbox, application):
    sandbox.app = application.url
    mine, other = sandbox.intent(), sandbox.intent()
    assert paying(sandbox, mine, "4242424242424242", secret=other.client_secret).status_code == 404
    assert paying(sandbox, mine, "4242424242424242", key="sk_test_wrong").status_code == 401
    assert sandbox.stripe.payment_intents.retrieve(mine.id).status == "requires_payment_method"


def test_another_site_cannot_read_the_answer(sandbox):
    sandbox.app = "https://evil.example"
    assert "Access-Control-Allow-Origin" not in paying(sandbox, sandbox.intent(), "4242424242424242").headers


def test_secrets_and_real_card_numbers_stay_out_of_the_ledger(sandbox, application):
    sandbox.app = application.url
    intent = sandbox.intent()
    assert paying(sandbox, intent, "4111 1111 1111 1111").json()["error"]["code"] == "incorrect_number"
    asked = str([one["params"] for one in sandbox.ledger(kind="request")])
    assert intent.client_secret not in asked
    assert "4111111111111111" not in asked
    assert "4111 1111" not in asked


def test_the_second_step_is_approved_or_refused(sandbox, application):
    sandbox.app = application.url
    for outcome, status in (("approved", "succeeded"), ("refused", "requires_payment_method")):
        intent = sandbox.intent()
        assert paying(sandbox, intent, "4000002500003155").json()["status"] == "requires_action"
        asked = {"key": "pk_test_1", "client_secret": intent.client_secret, "source": intent.id, "outcome": outcome}
        answer = requests.post(f"{sandbox.url}/v1/3ds2/authenticate", asked, timeout=PATIENCE_SECONDS).json()
        assert answer["status"] == status


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"from":1}', b'{"from":"+447700900101","to":"+447700900001"}', b"\xff"]
)
def test_a_text_from_nowhere_is_refused(sandbox, body):
    assert requests.post(f"{sandbox.url}/sandbox/inbound", data=body, timeout=PATIENCE_SECONDS).status_code == 400


@pytest.mark.parametrize(
    "form",
    [
        "metadata=x",
        "metadata[0]=x",
        "amount[a]=1",
        "currency[]=gbp",
        "metadata[a][b]=1",
        "expand=x",
        "[]=1&a[[]]=2",
        "a" * 9000,
    ],
)
def test_odd_parameters_are_no_accident(sandbox, form):
    headers = {"Authorization": "Bearer sk_test_51Sandbox", "Content-Type": "application/x-www-form-urlencoded"}
    for path in ("payment_intents", "refunds", "payment_intents/pi_x/confirm", "payment_intents/pi_x"):
        body = f"{form}&amount=2000&currency=gbp" if "amount" not in form and "currency" not in form else form
        answer = requests.post(f"{sandbox.url}/v1/{path}", body, headers=headers, timeout=PATIENCE_SECONDS)
        assert answer.status_code < 500, answer.text
