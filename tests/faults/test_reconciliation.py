"""If a webhook is lost, reconciliation finds the missed event, and the result is the same as with the webhook."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from db.money import reconciliation
from tests.builders import Built
from tests.world import World
from worker.reconciliation.find_missed import NUMBERS_AT_ONCE, READING_EVENTS, READING_TEXTS
from worker.task_run import BODIES, TaskRun

SOON, IN_TIME = timedelta(minutes=2), timedelta(minutes=6)


def test_a_yes_that_the_endpoint_missed_still_books(world: World) -> None:
    shop, ana, slot = an_offer(world)
    world.outside.fault("twilio webhook.inbound", "dropped")
    world.says(ana, shop, "YES")
    world.work()
    assert world.offers(slot) == {"Ana": "sent"}
    world.clock.pass_(SOON)
    world.beat("reconcile_inbound_texts")
    world.work()
    assert world.offers(slot) == {"Ana": "accepted"}
    assert world.bookings(slot) == {"Ana": "pending_payment"}


@pytest.mark.quick
def test_a_stop_that_the_endpoint_missed_still_counts(world: World) -> None:
    shop, ana, slot = an_offer(world)
    world.outside.fault("twilio webhook.inbound", "dropped")
    world.says(ana, shop, "please stop texting me")
    world.work()
    world.clock.pass_(SOON)
    world.beat("reconcile_inbound_texts")
    world.work()
    assert world.offers(slot) == {"Ana": "declined"}
    assert world.one("SELECT sms_opt_in FROM customers WHERE id = :id", id=ana.id) is False


def test_a_text_is_read_once_however_often_the_list_is(world: World) -> None:
    shop, ana, _slot = an_offer(world)
    world.says(ana, shop, "hello?")
    world.work()
    for _ in range(3):
        world.clock.pass_(SOON)
        world.beat("reconcile_inbound_texts")
        world.work()
    inbound_texts = "SELECT count(*) FROM messages WHERE customer_id = :id AND direction = 'inbound'"
    assert world.one(inbound_texts, id=ana.id) == 1
    assert len(world.texts(ana)) == 2  # The texts are the offer and one question.


@pytest.mark.quick
@pytest.mark.parametrize(
    ("job", "reading"), [("reconcile_inbound_texts", READING_TEXTS), ("reconcile_stripe_events", READING_EVENTS)]
)
def test_a_list_that_another_thread_is_reading_is_not_read_again(
    world: World, job: str, reading: threading.Lock
) -> None:
    world.clock.pass_(SOON)
    with reading:
        assert BODIES[job](TaskRun(None, world.dependencies))["outcome"] == "skipped"
    assert BODIES[job](TaskRun(None, world.dependencies))["outcome"] == "reconciled"


def test_each_of_many_numbers_is_read_once_even_if_a_list_is_unavailable(world: World) -> None:
    world.rows(
        """INSERT INTO shops (name, sms_from, timezone)
           SELECT 'Many', '+1999' || lpad(n::text, 7, '0'), 'Europe/London' FROM generate_series(1, :shops) n""",
        shops=2 * NUMBERS_AT_ONCE + 5,
    )
    world.outside.fault("twilio messages.list", "server_error", match={"To": "+19990000007"}, times=None)
    world.beat("reconcile_inbound_texts")
    asked = [entry["params"].get("To") for entry in world.outside.ledger(kind="request", method="GET")]
    many = [number for number in asked if str(number).startswith("+1999")]
    assert world.one("SELECT count(*) FROM reconciled WHERE source LIKE 'texts:+1999%'") == 2 * NUMBERS_AT_ONCE + 4
    assert sorted(many) == sorted(set(many))


def test_a_missed_stop_is_found_behind_more_texts_than_are_read_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.dependencies.twilio, "most_inbound", 3)
    shop, ana, slot = an_offer(world)
    world.outside.fault("twilio webhook.inbound", "dropped", times=None)
    ben = world.customer(shop, "Ben")
    world.says(ana, shop, "please stop texting me")
    for _ in range(7):
        world.clock.pass_(timedelta(seconds=2))
        world.says(ben, shop, "hello?")
    world.work()
    world.clock.pass_(SOON)
    world.beat("reconcile_inbound_texts")
    world.work()
    assert world.offers(slot)["Ana"] == "declined"
    assert world.one("SELECT count(*) FROM webhook_events WHERE provider = 'twilio' AND reconciled") == 8


def test_a_payment_is_found_behind_more_events_than_are_read_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.dependencies.stripe, "most_events", 2)
    _shop, ana, slot = a_hold(world)
    world.outside.fault("stripe webhook.event", "dropped", times=None)
    assert world.at_stripe(world.intent_of(ana), "succeed") == 200
    for _ in range(4):
        world.clock.pass_(timedelta(seconds=2))
        other = world.dependencies.stripe._v1.payment_intents.create(params={"amount": 2000, "currency": "gbp"})
        assert world.at_stripe(other.id, "fail") == 200
    world.clock.pass_(SOON)
    world.beat("reconcile_stripe_events")
    world.work()
    assert world.bookings(slot) == {"Ana": "booked"}


@pytest.mark.quick
def test_a_payment_whose_webhook_never_comes_is_booked(world: World) -> None:
    _shop, ana, slot = a_hold(world)
    world.outside.fault("stripe webhook.event", "dropped", times=None)
    assert world.at_stripe(world.intent_of(ana), "succeed") == 200
    world.work()
    assert world.bookings(slot) == {"Ana": "pending_payment"}
    world.beat("reconcile_stripe_events")
    world.work()
    assert world.bookings(slot) == {"Ana": "booked"}
    assert sum("Confirmed" in text for text in world.texts(ana)) == 1
    with world.dependencies.transactions() as session:
        assert reconciliation.found(session, within=timedelta(hours=1)) == {"stripe": 1}


def test_an_open_intent_is_looked_up_when_stripe_says_nothing_at_all(world: World) -> None:
    """Stripe's list of events is also empty, for example because the events belong to another key."""
    _shop, ana, slot = a_hold(world)
    world.outside.fault("stripe webhook.event", "dropped", times=None)
    assert world.at_stripe(world.intent_of(ana), "succeed") == 200
    world.clock.pass_(IN_TIME)
    world.beat("reconcile_open_intents")
    world.work()
    assert world.bookings(slot) == {"Ana": "booked"}


def test_an_ordinary_booking_that_was_paid_without_a_webhook_is_confirmed(world: World) -> None:
    shop = world.shop()
    ana = world.customer(shop, "Ana")
    booking = world.booked(ana, status="pending_payment", deposit=0, payment_required=True)
    intent = world.dependencies.stripe._v1.payment_intents.create(params={"amount": 2000, "currency": "gbp"})
    world.rows(
        """INSERT INTO payments (shop_id, appointment_id, amount_cents, currency, stripe_payment_intent_id)
           VALUES (:shop, :booking, 2000, 'gbp', :intent)""",
        shop=shop.id,
        booking=booking.id,
        intent=intent.id,
    )
    world.outside.fault("stripe webhook.event", "dropped", times=None)
    assert world.at_stripe(intent.id, "succeed") == 200
    world.clock.pass_(IN_TIME)
    world.beat("reconcile_open_intents")
    world.work()
    assert world.one("SELECT status FROM appointments WHERE id = :id", id=booking.id) == "booked"


def test_a_decline_whose_webhook_never_comes_ends_the_hold(world: World) -> None:
    _shop, ana, slot = a_hold(world)
    world.outside.fault("stripe webhook.event", "dropped", times=None)
    assert world.at_stripe(world.intent_of(ana), "fail") == 200
    world.beat("reconcile_stripe_events")
    world.work()
    assert world.bookings(slot) == {"Ana": "cancelled"}
    assert world.offers(slot) == {"Ana": "declined"}


def test_an_undelivered_text_whose_callback_never_comes_moves_on(world: World) -> None:
    shop = world.shop()
    ana, ben = world.customer(shop, "Ana"), world.customer(shop, "Ben")
    world.outside.fault("twilio webhook.status", "dropped", times=None)
    world.outside.fault("twilio messages.create", "undelivered", match={"To": ana.phone})
    slot = a_cancelled_appointment(world, shop)
    world.clock.pass_(SOON + timedelta(seconds=1))
    world.beat("reconcile_unknown_texts")
    world.work()
    offers = world.offers(slot)
    assert offers.pop("Ana", "failed") == "failed"
    assert offers == {"Ben": "sent"}
    assert len(world.texts(ben)) == 1


def test_a_text_sent_without_a_response_is_found_and_not_sent_twice(world: World) -> None:
    """Twilio accepts the request but closes the connection, and no callback arrives."""
    shop = world.shop()
    ana = world.customer(shop, "Ana")
    world.outside.fault("twilio webhook.status", "dropped", times=None)
    world.outside.fault("twilio messages.create", "timeout_after")
    slot = a_cancelled_appointment(world, shop)
    assert world.offers(slot) == {"Ana": "pending"}
    world.clock.pass_(timedelta(seconds=30))
    world.work()
    assert world.offers(slot) == {"Ana": "sent"}
    assert len(world.texts(ana)) == 1


@pytest.mark.quick
def test_a_text_that_never_left_is_closed_as_unknown_and_the_next_customer_asked(world: World) -> None:
    shop = world.shop()
    ana, ben = world.customer(shop, "Ana"), world.customer(shop, "Ben")
    world.rows("UPDATE customers SET last_settled_at = now() - interval '1 day' WHERE id = :id", id=ana.id)
    world.outside.fault("twilio messages.create", "timeout_before")
    slot = a_cancelled_appointment(world, shop)
    for _ in range(6):
        world.clock.pass_(timedelta(seconds=21))
        world.work()
    assert world.offers(slot) == {"Ana": "failed", "Ben": "sent"}
    assert world.texts(ana) == []
    assert len(world.texts(ben)) == 1


def test_a_refund_that_fails_without_a_webhook_is_reported_to_staff(world: World) -> None:
    _shop, ana, slot = a_hold(world)
    intent = world.intent_of(ana)
    world.rows("UPDATE slot_openings SET status = 'expired', closed_as = 'sold_by_hand' WHERE id = :id", id=slot.id)
    world.rows(
        "UPDATE appointments SET status = 'cancelled' WHERE source_slot_opening_id = :id",
        id=slot.id,
    )
    world.outside.fault("stripe refunds.create", "refund_failed")
    assert world.at_stripe(intent, "succeed") == 200
    world.outside.fault("stripe webhook.event", "dropped", times=None)
    world.work()
    world.clock.pass_(SOON)
    world.beat("reconcile_stripe_events")
    world.work()
    assert "pay the customer back in another way" in world.one(
        "SELECT needs_human FROM payments WHERE stripe_payment_intent_id = :id", id=intent
    )


def test_a_row_whose_task_is_missing_gets_a_task(world: World) -> None:
    """The table of tasks was emptied, or a backup was restored."""
    shop = world.shop()
    ana = world.customer(shop, "Ana")
    slot = a_cancelled_appointment(world, shop, work=False)
    world.run(next(task for task in world.claimable() if task.name == "create_slot_opening"))
    world.run(next(task for task in world.claimable() if task.name == "send_next_offer"))
    assert [task.name for task in world.claimable()] == ["send_message"]
    world.rows("DELETE FROM pending_tasks WHERE settled_at IS NULL")
    world.beat("reconcile_unknown_texts")
    world.work()
    assert len(world.texts(ana)) == 1
    assert slot is None


def a_cancelled_appointment(world: World, shop: Built, *, work: bool = True) -> Built | None:
    appointment = world.booked(world.customer(shop, "Zoe", sms_opt_in=False))
    assert world.cancel(appointment.id) == 202
    if not work:
        return None
    world.work()
    return world.slot_of(appointment)


def an_offer(world: World) -> tuple[Built, Built, Built]:
    shop = world.shop()
    ana = world.customer(shop, "Ana")
    slot = a_cancelled_appointment(world, shop)
    assert slot is not None
    assert world.offers(slot) == {"Ana": "sent"}
    return shop, ana, slot


def a_hold(world: World) -> tuple[Built, Built, Built]:
    """Ana has said YES and has received the payment link."""
    shop, ana, slot = an_offer(world)
    world.says(ana, shop, "YES")
    world.work()
    assert world.bookings(slot) == {"Ana": "pending_payment"}
    return shop, ana, slot
