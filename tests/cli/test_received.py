"""Tests of `slots received`: it shows webhooks without secrets, and safely processes them again."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from db.tasks import pending_tasks
from tests import builders
from tests.builders import in_
from tests.cli.commands import slots

SID, FROM, TO = "SM" + "a" * 32, "+447700900201", "+447700900100"
INTENT = {"id": "pi_12345", "object": "payment_intent", "amount": 2000, "currency": "gbp", "metadata": {}}


def test_lists_show_the_newest_first_and_narrow(env, session):
    a_webhook(
        session, "SM1", type="inbound", received_at=in_(hours=-1), handled_at=in_(hours=-1), outcome="OfferAccepted"
    )
    a_webhook(session, "evt_1", provider="stripe", type="charge.refunded")

    everything = slots("received", "list", "--json", **env).json
    unhandled = slots("received", "list", "--unhandled", **env)

    assert [one["event_id"] for one in everything] == ["evt_1", "SM1"]
    assert "evt_1" in unhandled.out
    assert "SM1" not in unhandled.out


def test_one_is_shown_whole_but_for_phones_and_secrets(env, session):
    payload = {"data": {"object": {**INTENT, "client_secret": "pi_12345_secret_x", "phone": FROM}}, "From": FROM}
    a_webhook(session, "evt_1", provider="stripe", payload=payload)

    result = slots("received", "show", "evt_1", **env)

    assert result.json["payload"]["data"]["object"]["amount"] == 2000
    assert "secret_x" not in result.out
    assert FROM not in result.out
    assert FROM in slots("received", "show", "evt_1", "--full-phones", **env).out


def test_an_unknown_one_says_where_to_look(env):
    result = slots("received", "show", "evt_nowhere", **env)

    assert (result.code, result.out) == (1, "")
    assert "slots received list" in result.err


def test_a_payment_that_nobody_handled_is_handled_by_its_own_task(env, session):
    event = a_webhook(
        session, "evt_1", provider="stripe", type="payment_intent.succeeded", payload=stripe("succeeded")
    )

    result = slots("received", "resend", "evt_1", **env)

    assert result.code == 0
    assert task(session, result.out.strip()) == ("handle_payment_success", ["pi_12345"], event.id)


def test_a_decline_that_was_handled_is_not_counted_twice(env, session):
    a_webhook(
        session,
        "evt_1",
        provider="stripe",
        type="payment_intent.payment_failed",
        payload=stripe("payment_failed"),
        handled_at=in_(),
    )

    result = slots("received", "resend", "evt_1", **env)

    # Without the webhook, the task reads the current state of the intent from Stripe.
    assert task(session, result.out.strip()) == ("handle_payment_failure", ["pi_12345"], None)


@pytest.mark.parametrize(
    ("body", "name"),
    [("YES", "accept_offer"), ("no thanks", "decline_offer"), ("STOP", "opt_out"), ("hm?", "ask_back")],
)
def test_a_text_that_nobody_handled_is_handled_by_what_it_says(env, session, body, name):
    a_text(session, body)

    result = slots("received", "resend", SID, **env)

    assert task(session, result.out.strip())[:2] == (name, [SID])


def test_an_old_yes_does_not_answer_a_newer_question(env, session):
    shop, ana = a_text(session, "YES", received_at=in_(hours=-2), handled_at=in_(hours=-2))
    builders.an_offer(session, builders.a_slot(session, shop), ana)
    session.commit()

    result = slots("received", "resend", SID, **env)

    assert result.code == 1
    assert "asked about another slot since" in result.err
    assert no_tasks(session)


def test_an_old_stop_is_not_repeated_after_a_start(env, session):
    a_text(session, "STOP", received_at=in_(hours=-2), handled_at=in_(hours=-2))
    a_webhook(session, "SM2", type="inbound", payload={"From": FROM, "To": TO, "Body": "START"})

    result = slots("received", "resend", SID, **env)

    assert (result.code, no_tasks(session)) == (1, True)
    assert "texted again since" in result.err


def test_a_customer_who_got_a_question_gets_no_second_one(env, session):
    a_text(session, "what time?", handled_at=in_())

    result = slots("received", "resend", SID, **env)

    assert (result.code, no_tasks(session)) == (1, True)
    assert "a second one" in result.err


def test_a_webhook_in_progress_names_its_task(env, session):
    event = a_webhook(session, "evt_1", provider="stripe", payload=stripe("succeeded"))
    under_way = pending_tasks.add(session, "handle_payment_success", "pi_12345", webhook_event_id=event.id)
    session.commit()

    result = slots("received", "resend", "evt_1", **env)

    assert result.code == 1
    assert f"slots pending retry {under_way}" in result.err


def test_a_command_without_effect_says_so(env, session):
    a_webhook(
        session, "evt_1", provider="stripe", type="payout.paid", payload=stripe("created") | {"type": "payout.paid"}
    )

    result = slots("received", "resend", "evt_1", **env)

    assert result.code == 1
    assert "only recorded" in result.err


def stripe(change):
    return {"id": "evt_1", "object": "event", "type": f"payment_intent.{change}", "data": {"object": INTENT}}


def a_webhook(session, event_id, **values):
    made = builders.a_webhook_event(session, **({"provider": "twilio", "event_id": event_id} | values))
    session.commit()
    return made


def a_text(session, body, **values):
    shop = builders.a_shop(session, sms_from=TO)
    ana = builders.a_customer(session, shop, phone=FROM)
    form = {"MessageSid": SID, "AccountSid": "AC" + "7" * 32, "From": FROM, "To": TO, "Body": body}
    a_webhook(session, SID, type="inbound", shop_id=shop.id, payload=form, **values)
    return shop, ana


def task(session, task_id):
    statement = text("SELECT name, args, webhook_event_id FROM pending_tasks WHERE id = :id")
    return tuple(session.execute(statement, {"id": task_id}).one())


def no_tasks(session):
    return session.execute(text("SELECT count(*) = 0 FROM pending_tasks")).scalar_one()


@pytest.fixture
def env(database_url, redis_url):
    return {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
