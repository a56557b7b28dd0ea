"""The pace of a shop on the real system: the stored windows, the texts that state them, and late answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import Built
from tests.faults.situations import RecoveryScene
from tests.world import World

MINUTE = timedelta(minutes=1)


def offer_to(world: World, customer: Built) -> Built:
    (offer,) = world.rows("SELECT * FROM slot_offers WHERE customer_id = :id", id=customer.id)
    return offer


def in_minutes(world: World, minutes: float, **shop: object) -> RecoveryScene:
    """Returns a scene with a slot that starts in `minutes` minutes."""
    scene = RecoveryScene.set(world, cancelled=False, **shop)
    at = world.clock.now().replace(second=0, microsecond=0) + timedelta(minutes=minutes + 1)
    world.rows(
        "UPDATE appointments SET starts_at = :at, ends_at = :ends WHERE id = :id",
        at=at,
        ends=at + timedelta(hours=1),
        id=scene.appointment.id,
    )
    assert world.cancel(scene.appointment.id) == 202
    return scene


def stated(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M}."


@pytest.mark.quick
def test_an_adaptive_offer_states_its_window_and_keeps_it(world: World) -> None:
    scene = in_minutes(world, 150, pace="adaptive").asked()
    offer = offer_to(world, scene.ana)
    assert offer.window_minutes == 4
    assert offer.expires_at - offer.sent_at == 4 * MINUTE
    (text,) = world.texts(scene.ana)
    assert "£20 deposit applies. We keep it for you until " in text
    assert text.endswith((stated(offer.expires_at), stated(offer.expires_at - MINUTE)))
    world.settle()
    assert world.broken_promises() == []


def test_a_fixed_pace_of_a_quarter_of_an_hour_says_nothing_of_it(world: World) -> None:
    scene = in_minutes(world, 150).asked()
    assert offer_to(world, scene.ana).window_minutes == 15
    (text,) = world.texts(scene.ana)
    assert text.endswith("£20 deposit applies.")


@pytest.mark.quick
def test_the_shops_own_acceptance_sets_the_window(world: World) -> None:
    scene = RecoveryScene.set(world, cancelled=False, pace="adaptive")
    answered = [("accepted", None)] * 30 + [("expired", "clock_timestamp()")] * 10 + [("expired", None)] * 10
    for number, (status, late) in enumerate(answered):
        customer = world.customer(scene.shop, f"Past {number}", sms_opt_in=False)
        world.rows(
            f"""WITH slot AS (INSERT INTO slot_openings (shop_id, starts_at, ends_at, status)
                 VALUES (:shop, now() - :ago * interval '1 day', now() - :ago * interval '1 day' + interval '1 hour',
                         'expired') RETURNING id)
               INSERT INTO slot_offers (shop_id, slot_opening_id, customer_id, status, late_yes_at, cooldown_until)
               SELECT :shop, id, :customer, :status, {late or "NULL"}, now() FROM slot""",
            shop=scene.shop.id,
            customer=customer.id,
            status=status,
            ago=number + 1,
        )
    assert world.cancel(scene.appointment.id) == 202
    scene.asked()
    # 40 of 50 is smoothed to 43 of 80, so 4 offers are needed in 105 minutes. Each offer gets the longest window.
    assert offer_to(world, scene.ana).window_minutes == 15


def test_a_text_that_leaves_late_states_its_new_end(world: World) -> None:
    scene = in_minutes(world, 150, pace="adaptive")
    sending = scene.next("send_message")
    world.clock.pass_(3 * MINUTE)
    world.run(sending)
    offer = offer_to(world, scene.ana)
    assert offer.expires_at - offer.sent_at == 4 * MINUTE
    (text,) = world.texts(scene.ana)
    assert text.endswith(stated(offer.expires_at))
    assert world.one("SELECT body FROM messages WHERE slot_offer_id = :id", id=offer.id) == text


@pytest.mark.parametrize("opted_out", [False, True])
def test_when_nobody_is_left_a_late_yes_gets_the_slot(world: World, opted_out: bool) -> None:
    scene = RecoveryScene.set(world).asked()
    world.clock.pass_(16 * MINUTE)
    world.beat("expire_offers")
    world.work()
    world.clock.pass_(16 * MINUTE)
    world.beat("expire_offers")
    world.work()
    slot = world.slot_of(scene.appointment)
    assert (slot.status, slot.closed_as) == ("expired", "nobody_left")
    if opted_out:
        world.rows(
            "INSERT INTO suppressions (shop_id, phone) VALUES (:shop, :phone)",
            shop=scene.shop.id,
            phone=scene.ana.phone,
        )
    scene.says("YES")
    world.work()
    held = {} if opted_out else {"Ana": "pending_payment"}
    assert world.bookings(world.slot_of(scene.appointment)) == held
    world.settle()
    assert world.broken_promises() == []


def test_a_late_yes_is_taken_up_before_the_slot_closes(world: World) -> None:
    scene = RecoveryScene.set(world).asked()
    world.clock.pass_(16 * MINUTE)
    world.beat("expire_offers")
    world.work()
    scene.says("YES")
    world.work()
    assert any("yours if the person we are asking says no" in text for text in world.texts(scene.ana))
    world.says(scene.ben, scene.shop, "no")
    world.work()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "pending_payment"}


def test_a_late_yes_from_before_the_slot_was_freed_precedes_a_new_offer(world: World) -> None:
    scene = RecoveryScene.set(world)
    cleo = world.customer(scene.shop, "Cleo")
    scene.asked().says("NO")
    world.work()
    scene.says("YES")
    world.says(scene.ben, scene.shop, "YES")
    world.work()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ben": "pending_payment"}
    assert world.cancel(scene.holding_by_name().id) == 202
    world.work()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "pending_payment", "Ben": "cancelled"}
    assert world.texts(cleo) == []
