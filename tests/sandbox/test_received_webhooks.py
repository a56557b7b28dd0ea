"""The page of received webhooks shows each webhook and whether its signature is valid."""

import base64
import datetime as dt
import json

import pytest
import requests
from standardwebhooks import Webhook

from tests.waiting import PATIENCE_SECONDS

SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()


def send(url, secret=SECRET, id="evt_1"):
    body = json.dumps({"id": id, "type": "slot.opened", "data": {"note": "<script>"}})
    moment = dt.datetime.now(dt.UTC)
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": "v1,AAAA " + Webhook(secret).sign(id, moment, body),
    }
    return requests.post(f"{url}/webhooks", data=body, headers=headers, timeout=PATIENCE_SECONDS)


def received(url):
    return requests.get(f"{url}/sandbox/received-webhooks", timeout=PATIENCE_SECONDS).json()["received"]


def post(url, what, **form):
    return requests.post(f"{url}/sandbox/received-webhooks/{what}", data=form, timeout=PATIENCE_SECONDS)


def test_a_webhook_is_shown_and_verified_once_its_secret_is_known(sandbox):
    assert send(sandbox.url).status_code == 200
    assert [(one["type"], one["signature"]) for one in received(sandbox.url)] == [("slot.opened", "unchecked")]
    assert "Enter the whole secret" in post(sandbox.url, "secret", secret="?").text
    post(sandbox.url, "secret", secret=SECRET)
    send(sandbox.url, secret="whsec_" + base64.b64encode(b"y" * 32).decode(), id="evt_2")
    assert [(one["id"], one["signature"]) for one in received(sandbox.url)] == [
        ("evt_2", "invalid"),
        ("evt_1", "valid"),
    ]
    page = requests.get(f"{sandbox.url}/webhooks", timeout=PATIENCE_SECONDS)
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Signature valid" in page.text
    assert "<script>" not in page.text
    post(sandbox.url, "clear")
    assert received(sandbox.url) == []


@pytest.mark.parametrize("status", [500, 410])
def test_the_response_is_the_requested_one(sandbox, status):
    post(sandbox.url, "answer", answer=str(status))
    assert send(sandbox.url).status_code == status
    assert post(sandbox.url, "answer", answer="418").status_code == 400
