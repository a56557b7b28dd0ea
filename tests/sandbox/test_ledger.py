"""The ledger records every request and every webhook, and survives restarts."""

import json
import sqlite3
from contextlib import closing

import pytest
import requests
import stripe

from tests.waiting import PATIENCE_SECONDS, wait_for

ANA, SHOP = "+447700900101", "+447700900001"
FIELDS = {
    "seq",
    "at",
    "kind",
    "provider",
    "method",
    "path",
    "params",
    "status",
    "response_id",
    "idempotency_key",
    "fault",
}


def test_every_request_and_every_webhook_is_an_entry(sandbox, application):
    intent = sandbox.intent("k1", metadata={"appointment_id": "a1"})
    wait_for(lambda: len(sandbox.ledger()) == 2, "two entries")
    asked, webhook = sandbox.ledger()
    assert set(asked) == set(webhook) == FIELDS
    assert (asked["kind"], asked["provider"], asked["method"]) == ("request", "stripe", "POST")
    assert (asked["path"], asked["status"], asked["response_id"]) == ("/v1/payment_intents", 200, intent.id)
    assert (asked["idempotency_key"], asked["params"]["metadata"]) == ("k1", {"appointment_id": "a1"})
    assert (webhook["kind"], webhook["path"], webhook["status"]) == ("webhook", "/api/stripe/webhook", 204)
    assert webhook["response_id"] == webhook["params"]["id"] == application.received[0]["id"]


def test_the_ledger_is_read_on_from_where_one_stopped(sandbox):
    for body in ("one", "two", "three"):
        sandbox.send(body=body)
    first = sandbox.ledger()[0]["seq"]
    later = sandbox.get("ledger", after=first)["entries"]
    assert [one["params"]["Body"] for one in later] == ["two", "three"]
    assert [one["params"]["Body"] for one in sandbox.get("ledger", newest=1)["entries"]] == ["three"]


def test_refusals_and_unknown_paths_are_entries_too(sandbox):
    requests.post(f"{sandbox.url}/v1/payment_intents", {"amount": "1"}, timeout=PATIENCE_SECONDS)
    requests.get(f"{sandbox.url}/v1/customers", timeout=PATIENCE_SECONDS)
    requests.get(f"{sandbox.url}/2010-04-01/Accounts/AC1/Calls.json", timeout=PATIENCE_SECONDS)
    assert [(one["provider"], one["status"]) for one in sandbox.ledger()] == [
        ("stripe", 401),
        ("stripe", 404),
        ("twilio", 404),
    ]


def test_nothing_in_the_ledger_can_be_changed_or_removed(sandbox, tmp_path):
    sandbox.send()
    with closing(sqlite3.connect(tmp_path / "sandbox" / "sandbox.sqlite3")) as file, file:
        for change in ("UPDATE ledger SET entry = '{}'", "DELETE FROM ledger"):
            with pytest.raises(sqlite3.IntegrityError, match="append only"):
                file.execute(change)


def test_the_text_file_beside_it_says_the_same(sandbox, tmp_path):
    sandbox.send()
    sandbox.text("YES")
    wait_for(lambda: len(sandbox.ledger()) == 2, "two entries")
    wait_for(lambda: len(_lines(tmp_path)) == 2, "two lines")
    assert _lines(tmp_path) == sandbox.ledger()


def _lines(folder):
    return [json.loads(line) for line in (folder / "sandbox" / "ledger.jsonl").read_text().splitlines()]


def test_all_is_kept_over_a_kill(sandbox_process, application):
    sandbox = sandbox_process.start()
    intent, sent = sandbox.intent("k1"), sandbox.send()
    sandbox.text("STOP")
    wait_for(lambda: len(sandbox.ledger(kind="webhook")) == 2, "two webhooks")
    sandbox.fault("stripe payment_intents.list", "rate_limited", times=1)
    before = sandbox.ledger()
    sandbox_process.kill()
    sandbox_process.start()
    assert sandbox.ledger()[: len(before)] == before
    assert sandbox.intent("k1").id == intent.id
    assert sandbox.twilio.messages(sent.sid).fetch().status == "delivered"
    with pytest.raises(stripe.RateLimitError):
        sandbox.stripe.payment_intents.list()
    (phone,) = sandbox.get("phones")["phones"]
    assert phone["opted_out"] is True


@pytest.mark.long
def test_a_webhook_that_was_waiting_when_it_was_killed_leaves_afterwards(sandbox_process, application, tmp_path):
    sandbox = sandbox_process.start()
    sandbox.fault("twilio webhook.inbound", "delayed", delay_ms=600_000)
    sandbox.text("YES")
    sandbox_process.kill()
    assert application.received == []
    with closing(sqlite3.connect(tmp_path / "sandbox" / "sandbox.sqlite3")) as file, file:
        file.execute("UPDATE webhooks SET due = 0 WHERE state = 'waiting'")
    sandbox_process.start()
    assert application.wait(Body="YES")


@pytest.mark.long
def test_a_webhook_whose_answer_was_lost_with_the_sandbox_is_sent_again(sandbox_process, application):
    sandbox = sandbox_process.start()
    application.may_answer.clear()
    sandbox.text("YES")
    application.wait(Body="YES")
    sandbox_process.kill()
    application.may_answer.set()
    sandbox_process.start()
    first, again = application.wait(2, Body="YES")
    assert first["MessageSid"] == again["MessageSid"]


@pytest.mark.long
def test_a_line_cut_short_by_a_kill_is_repaired(sandbox_process, tmp_path):
    sandbox_process.start().send()
    path = tmp_path / "sandbox" / "ledger.jsonl"
    wait_for(lambda: path.read_bytes().endswith(b"}\n"), "the line to be repaired")
    sandbox_process.kill()
    path.write_bytes(path.read_bytes()[:-20])
    sandbox = sandbox_process.start()
    assert _lines(tmp_path) == sandbox.ledger()
