"""Customers who leave or join during a recovery, and texts that arrive long after they were sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.customers import consent, customer_merging, forgetting
from tests import builders
from tests.faults import situations
from tests.faults.situations import RecoveryScene
from tests.waiting import PATIENCE_SECONDS
from tests.world import World


@pytest.mark.quick
def test_a_stop_before_paying_gives_the_slot_up_once_the_payment_is_cancelled(world: World) -> None:
    scene = RecoveryScene.set(world).held().says("STOP")
    world.work()
    slot = world.slot_of(scene.appointment)
    assert world.offers(slot) == {"Ana": "declined", "Ben": "sent"}
    assert world.bookings(slot) == {"Ana": "cancelled"}
    asked = [one["path"] for one in world.outside.ledger(kind="request", method="POST", provider="stripe")]
    assert asked[-1] == f"/v1/payment_intents/{world.intent_of(scene.ana)}/cancel"
    world.settle()
    assert world.broken_promises() == []


def test_a_stop_at_the_moment_of_paying_keeps_the_booking(world: World) -> None:
    scene = RecoveryScene.set(world).held()
    world.outside.fault("stripe payment_intents.cancel", "already_succeeded")
    scene.says("STOP")
    texts = len(world.texts(scene.ana))
    world.settle()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "booked"}
    assert world.texts(scene.ben) == []
    assert len(world.texts(scene.ana)) == texts
    assert world.broken_promises() == []


@pytest.mark.quick
def test_a_stop_after_paying_leaves_the_booking_alone(world: World) -> None:
    scene = RecoveryScene.set(world).recovered().says("STOP")
    world.settle()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "booked"}


@pytest.mark.quick
def test_leave_leaves_the_list_and_stays_opted_in_with_the_offer_open(world: World) -> None:
    scene = situations.SITUATIONS["leave_waitlist", "with an offer"](world)
    world.work()
    entry = world.one("SELECT status FROM waitlist_entries WHERE customer_id = :id", id=scene.ana.id)
    assert entry == "left"
    assert world.one("SELECT sms_opt_in FROM customers WHERE id = :id", id=scene.ana.id)
    assert "no longer on the waiting list" in world.texts(scene.ana)[-1]
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "sent"}
    assert world.broken_promises() == []


def test_stop_opts_out_a_customer_on_the_waiting_list(world: World) -> None:
    scene = RecoveryScene.set(world).asked()
    with world.session() as session:
        builders.insert(session, "waitlist_entries", shop_id=scene.shop.id, customer_id=scene.ana.id)
    scene.says("STOP")
    world.work()
    assert not world.one("SELECT sms_opt_in FROM customers WHERE id = :id", id=scene.ana.id)


def test_a_join_code_is_texted_once_and_never_to_an_opted_out_phone(world: World) -> None:
    scene = RecoveryScene.set(world, cancelled=False)
    phone, out = builders.a_number(), builders.a_number()
    for number in (phone, out):
        with world.session() as session:
            values = {"phone": number, "expires_at": world.clock.now() + timedelta(minutes=10)}
            if number == out:
                builders.insert(session, "suppressions", shop_id=scene.shop.id, phone=out, reason="STOP")
            request = builders.insert(session, "join_requests", shop_id=scene.shop.id, **values)
        world.later("send_join_code", request.id, shop_id=scene.shop.id)
    world.work()
    texts = world.rows("SELECT to_address, body FROM messages WHERE purpose = 'join_code' AND status <> 'queued'")
    assert [(row.to_address, row.body) for row in texts] == [(phone, "")]


@pytest.mark.quick
def test_a_customer_who_joins_is_texted_the_link_of_their_entry(world: World) -> None:
    scene = situations.SITUATIONS["confirm_joining", "a new entry"](world)
    world.work()
    token = world.one("SELECT token FROM waitlist_entries WHERE customer_id = :id", id=scene.ana.id)
    assert f"/waitlist/{token} Reply LEAVE" in world.texts(scene.ana)[-1]


def test_an_opt_out_by_staff_ends_the_offer_and_the_tick_asks_the_next_customer(world: World) -> None:
    scene = RecoveryScene.set(world).asked()
    with world.session() as session:
        consent.suppress(session, shop_id=scene.shop.id, phone=scene.ana.phone, reason="Staff noted it.")
    world.beat("tick", "tick")
    world.work()
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "declined", "Ben": "sent"}
    assert len(world.texts(scene.ben)) == 1
    assert world.broken_promises() == []


def test_an_opt_out_by_staff_before_the_payment_keeps_the_hold(world: World) -> None:
    scene = RecoveryScene.set(world).held()
    with world.session() as session:
        consent.suppress(session, shop_id=scene.shop.id, phone=scene.ana.phone, reason="Staff noted it.")
    world.beat("tick")
    world.work()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "pending_payment"}
    assert world.texts(scene.ben) == []


def test_a_customer_who_joins_while_a_slot_waits_for_a_cooldown_is_asked_by_the_next_sweep(world: World) -> None:
    shop = world.shop(cooldown_hours=24)
    ana = world.customer(shop, "Ana", cooldown_until=world.clock.now() + timedelta(hours=5))
    appointment = world.booked(world.customer(shop, "Zoe", sms_opt_in=False), hours=30)
    world.cancel(appointment.id)
    world.work()
    assert world.offers(world.slot_of(appointment)) == {}
    world.beat("expire_offers")
    world.work()
    assert world.offers(world.slot_of(appointment)) == {}
    joined = world.customer(shop, "Jo")
    world.beat("expire_offers")
    world.work()
    assert world.offers(world.slot_of(appointment)) == {"Jo": "sent"}
    assert (world.texts(ana), len(world.texts(joined))) == ([], 1)


def test_a_customer_who_texts_start_while_a_slot_waits_is_asked_by_the_next_tick(world: World) -> None:
    shop = world.shop(cooldown_hours=24)
    world.customer(shop, "Ana", cooldown_until=world.clock.now() + timedelta(hours=5))
    ben = world.customer(shop, "Ben", sms_opt_in=False)
    appointment = world.booked(world.customer(shop, "Zoe", sms_opt_in=False), hours=30)
    world.cancel(appointment.id)
    world.work()
    world.says(ben, shop, "START")
    world.work()
    world.beat("tick")
    world.work()
    assert world.offers(world.slot_of(appointment)) == {"Ben": "sent"}


def test_a_yes_that_waited_is_for_the_offer_it_answered_and_not_for_a_later_one(world: World) -> None:
    """The workers were down. When they handle Ana's YES, her offer has expired and she has another offer."""
    scene = RecoveryScene.set(world).asked().says("YES")
    late = scene.next("accept_offer")
    world.clock.pass_(timedelta(minutes=16))
    world.beat("expire_offers")
    other = world.booked(world.customer(scene.shop, "Yan", sms_opt_in=False), hours=50)
    world.cancel(other.id)
    while others := [task for task in world.claimable() if task.id != late.id]:
        for task in others:
            world.run(task)
    assert world.offers(world.slot_of(other)) == {"Ana": "sent"}
    world.run(late)
    assert world.offers(world.slot_of(other)) == {"Ana": "sent"}
    assert world.bookings(world.slot_of(other)) == {}
    world.settle()
    assert any("yours if the person we are asking" in text for text in world.texts(scene.ana))
    assert world.broken_promises() == []


def test_a_no_that_was_found_late_is_not_held_against_a_later_offer(world: World) -> None:
    """The endpoint was down. The text is found in the carrier's list while Ana has an offer for another slot."""
    scene = RecoveryScene.set(world).asked()
    world.outside.fault("twilio webhook.inbound", "dropped")
    world.says(scene.ana, scene.shop, "NO")
    world.work()
    world.clock.pass_(timedelta(minutes=16))
    world.beat("expire_offers")
    other = world.booked(world.customer(scene.shop, "Yan", sms_opt_in=False), hours=50)
    world.cancel(other.id)
    world.work()
    assert world.offers(world.slot_of(other)) == {"Ana": "sent"}
    world.beat("reconcile_inbound_texts")
    world.work()
    assert world.offers(world.slot_of(other)) == {"Ana": "sent"}


@pytest.mark.parametrize("merged", [False, True])
def test_a_late_yes_of_a_customer_who_was_erased_does_not_get_the_slot(world: World, merged: bool) -> None:
    """If both customers have an offer for the slot, the merged duplicate keeps its own, and is erased."""
    scene = RecoveryScene.set(world, deposit_cents=0).asked()
    world.clock.pass_(timedelta(minutes=16))
    world.beat("expire_offers")
    world.work()
    scene.says("YES")
    world.work()
    with world.session() as session:
        if merged:
            customer_merging.merge(session, kept=scene.ben.id, duplicate=scene.ana.id)
        else:
            assert forgetting.forget(session, scene.ana.id, by="operator")
    world.says(scene.ben, scene.shop, "NO")
    world.work()
    slot = world.slot_of(scene.appointment)
    assert world.bookings(slot) == {}
    assert slot.status == "expired"
    world.settle()
    assert world.broken_promises() == []


@pytest.mark.parametrize("deposit", [0, 2000])
def test_an_answer_for_a_customer_who_was_erased_books_nothing(world: World, deposit: int) -> None:
    """Staff enter the YES on the offer, which has ended and whose customer was erased."""
    scene = RecoveryScene.set(world, deposit_cents=deposit).asked()
    for customer in (scene.ana, scene.ben):
        world.says(customer, scene.shop, "NO")
        world.work()
    slot = world.slot_of(scene.appointment)
    assert (slot.status, slot.closed_as) == ("expired", "nobody_left")
    offer = world.one("SELECT id FROM slot_offers WHERE customer_id = :id", id=scene.ana.id)
    with world.session() as session:
        assert forgetting.forget(session, scene.ana.id, by="operator")
    world.later("accept_offer", offer, shop_id=scene.shop.id)
    world.work()
    assert world.bookings(world.slot_of(scene.appointment)) == {}
    assert world.broken_promises() == []


def test_a_merged_customer_is_not_asked_again_during_the_cooldown_of_either_row(world: World) -> None:
    scene = RecoveryScene.set(world, cooldown_hours=24).asked()
    twin = world.customer(scene.shop, "Anna")
    for customer in (scene.ana, scene.ben, twin):
        world.says(customer, scene.shop, "NO")
        world.work()
    assert len(world.texts(twin)) == 1
    other_phone = world.customer(scene.shop, "A. Lee")
    with world.session() as session:
        customer_merging.merge(session, kept=twin.id, duplicate=scene.ana.id)
        customer_merging.merge(session, kept=other_phone.id, duplicate=twin.id)
    assert world.broken_promises() == []
    other = world.booked(world.customer(scene.shop, "Yan", sms_opt_in=False), hours=50)
    world.cancel(other.id)
    world.work()
    assert world.offers(world.slot_of(other)) == {}
    world.clock.pass_(timedelta(hours=25))
    world.beat("expire_offers")
    world.work()
    assert world.offers(world.slot_of(other)) != {}
    world.settle()
    assert world.broken_promises() == []


def test_late_money_is_logged_with_the_customer_it_came_from(world: World) -> None:
    """Ben has an offer at that time, but the entry must refer to Ana's offer."""
    scene = RecoveryScene.set(world).held()
    slot = world.slot_of(scene.appointment).id
    world.rows("UPDATE appointments SET status = 'cancelled' WHERE source_slot_opening_id = :id", id=slot)
    world.rows("UPDATE slot_offers SET status = 'declined' WHERE slot_opening_id = :id", id=slot)
    world.rows("UPDATE slot_openings SET status = 'open' WHERE id = :id", id=slot)
    world.later("send_next_offer", slot, shop_id=scene.shop.id)
    world.work()
    scene.card("succeed")
    world.work()
    about = """SELECT c.name FROM audit_logs l JOIN slot_offers o ON o.id = l.slot_offer_id
                 JOIN customers c ON c.id = o.customer_id
                WHERE l.slot_opening_id = :id AND l.because = 'The payment arrived after the hold had ended.'"""
    assert world.one(about, id=slot) == "Ana"


def test_a_customer_who_joins_with_emails_gets_one_email_with_the_link(world: World) -> None:
    scene = RecoveryScene.set(world, cancelled=False)
    values = {"email": "ana@example.com", "email_consent_wording": "Yes.", "consent_at": world.clock.now()}
    with world.session() as session:
        entry = builders.insert(
            session, "waitlist_entries", shop_id=scene.shop.id, customer_id=scene.ana.id, **values
        )
    for _ in range(2):
        world.later("confirm_joining", entry.id, shop_id=scene.shop.id)
        world.work()
    sent = world.rows("SELECT to_address, status, body FROM messages WHERE purpose = 'email_consent'")
    assert [(row.to_address, row.status, row.body) for row in sent] == [("ana@example.com", "delivered", "")]
    (email,) = world.http.get(f"{world.outside.url}/sandbox/mailbox", timeout=PATIENCE_SECONDS).json()["emails"]
    assert email["subject"] == "Please confirm your e-mail address"
    link = f"/waitlist/{world.one('SELECT token FROM waitlist_entries WHERE id = :id', id=entry.id)}/email/"
    assert link in str(email["text"])
