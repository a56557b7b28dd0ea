"""Delivery of webhooks: timing, signatures, retries and faults."""

import socket
import time

import pytest

from sandbox.app import close, create_app
from tests.credentials import of_a_sandbox
from tests.waiting import wait_for

SHOP, ANA = "+447700900001", "+447700900101"


def test_a_webhook_leaves_at_once(sandbox, application):
    sandbox.text("warm up")
    application.wait(Body="warm up")
    slowest = []
    for number in range(5):
        asked = time.time()
        sandbox.text(str(number))
        slowest.append(application.wait(Body=str(number))[0]["at"] - asked)
    # Without the wake-up call, each webhook would leave after half a minute.
    assert min(slowest) < 10


@pytest.mark.long
def test_stripe_tries_again_until_the_webhook_is_accepted(sandbox, application):
    application.status = 503
    intent = sandbox.intent()
    application.wait(2, type="payment_intent.created")
    application.status = 200
    application.wait(3, type="payment_intent.created")
    attempts = sandbox.ledger(kind="webhook", provider="stripe")
    assert [one["status"] for one in attempts][:2] == [503, 503]
    assert {one["response_id"] for one in attempts} == {application.received[0]["id"]}
    assert intent.id


def test_twilio_does_not_repeat_a_text_that_was_answered_badly(sandbox, application):
    application.status = 500
    sandbox.text("YES")
    application.wait(Body="YES")
    application.status = 204
    sandbox.text("later")
    application.wait(Body="later")
    assert len(application.webhook(Body="YES")) == 1
    assert sandbox.get("webhooks")["webhooks"][0]["state"] == "given up"


def test_twilio_tries_once_more_when_it_could_not_connect(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        app = create_app(of_a_sandbox(tmp_path / "own", f"http://127.0.0.1:{nobody.getsockname()[1]}"))
        client = app.test_client()
        client.post("/sandbox/inbound", json={"from": ANA, "to": SHOP, "body": "YES"})
        wait_for(
            lambda: client.get("/sandbox/webhooks").json["webhooks"][0]["state"] == "given up",
            "the webhook to be given up",
        )
        attempts = client.get("/sandbox/ledger").json["entries"]
        close(app)
    assert [(one["kind"], one["path"], one["status"]) for one in attempts] == [
        ("webhook", "/api/twilio/inbound", 0)
    ] * 2


def test_the_address_connected_to_may_differ_from_the_one_that_is_signed(tmp_path, application):
    public = "http://127.0.0.1:9"
    app = create_app(of_a_sandbox(tmp_path / "own", public) | {"WEBHOOK_URL": application.url})
    app.test_client().post("/sandbox/inbound", json={"from": ANA, "to": SHOP, "body": "YES"})
    wait_for(lambda: application.forged, "a forged webhook")
    close(app)
    assert application.received == [], "signed for the public address, so not valid for this one"


def test_a_webhook_goes_to_loopback_addresses_only(sandbox, application):
    sandbox.send(status_callback=f"http://0.0.0.0:{application.server_port}/status")
    attempt = wait_for(lambda: sandbox.ledger(kind="webhook", path="/status"), "the attempt in the ledger")[0]
    assert attempt["status"] == 0
    assert application.received == application.forged == []


def test_doubled_webhooks_come_twice_with_one_id(sandbox, application):
    sandbox.fault("stripe webhook", "duplicate")
    sandbox.intent()
    first, second = application.wait(2, type="payment_intent.created")
    assert first["id"] == second["id"]


def test_reordered_webhooks_come_after_the_next_one(sandbox, application):
    sandbox.fault("twilio webhook.inbound", "reordered", delay_ms=600_000)
    sandbox.text("first")
    sandbox.text("second")
    application.wait(Body="first")
    assert [one["Body"] for one in application.received] == ["second", "first"]


def test_a_reordered_webhook_with_none_behind_it_comes_in_the_end(sandbox, application):
    sandbox.fault("twilio webhook.inbound", "reordered", delay_ms=300)
    sandbox.text("only")
    assert application.wait(Body="only")


def test_delayed_webhooks_come_later(sandbox, application):
    sandbox.fault("twilio webhook.inbound", "delayed", delay_ms=400)
    asked = time.time()
    sandbox.text("late")
    assert application.wait(Body="late")[0]["at"] - asked >= 0.4


def test_dropped_webhooks_never_come_but_the_lists_know(sandbox, application):
    sandbox.fault("stripe webhook", "dropped", match={"type": "payment_intent.succeeded"})
    intent = sandbox.paid()
    application.wait(type="charge.succeeded")
    assert application.webhook(type="payment_intent.succeeded") == []
    assert sandbox.stripe.events.list({"type": "payment_intent.succeeded"}).data[0].data.object.id == intent.id


def test_the_official_validators_reject_a_forged_webhook(sandbox, application):
    sandbox.fault("* webhook", "wrong_signature", times=2)
    sandbox.intent()
    sandbox.text("YES")
    wait_for(lambda: len(application.forged) == 2, "two forged webhooks")
    assert application.received == []


def test_an_application_that_hangs_does_not_hold_up_the_end(sandbox_process, application):
    sandbox = sandbox_process.start()
    application.may_answer.clear()
    sandbox.text("YES")
    application.wait(Body="YES")
    sandbox_process.end()
    assert sandbox_process.process.poll() is not None
    application.may_answer.set()


def test_a_status_callback_that_was_not_accepted_is_not_repeated(sandbox, application):
    application.status = 500
    sandbox.send(status_callback=f"{application.url}/status")
    wait_for(lambda: len(sandbox.ledger(kind="webhook", path="/status")) == 2, "both attempts in the ledger")
    statuses = [one["params"]["MessageStatus"] for one in sandbox.ledger(kind="webhook")]
    assert statuses == ["sent", "delivered"]
