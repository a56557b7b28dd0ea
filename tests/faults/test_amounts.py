"""No customer is asked for a deposit that cannot be charged. Instead, staff are notified."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.appointments import slot_times
from db.appointments.slot_times import FreedTime
from tests import builders
from tests.effort import long_except
from tests.faults.situations import RecoveryScene
from tests.world import World

UNTRUE = ("didn't reach us in time", "has been released", "was declined")


@pytest.mark.parametrize(
    ("deposit", "currency", "why"),
    long_except(
        [
            (too_little := (20, "GBP", "at least £0.30")),
            (100, "DKK", "at least DKK 2.50"),
            (40, "JPY", "at least JP¥50"),
            (100_000_000, "USD", "at most US$999,999.99"),
            (2000, "POU", "not a currency"),
        ],
        too_little,
    ),
)
def test_nobody_is_asked_for_a_deposit_that_stripe_never_takes(
    world: World, deposit: int, currency: str, why: str
) -> None:
    """The amount is inserted with SQL, because the settings page rejects it."""
    scene = RecoveryScene.set(world, cancelled=False, deposit_cents=deposit, currency=currency)
    world.rows("UPDATE appointments SET price_cents = NULL WHERE id = :id", id=scene.appointment.id)
    assert world.cancel(scene.appointment.id) == 202
    world.settle()
    slot = world.slot_of(scene.appointment)
    assert (world.offers(slot), slot.status, slot.closed_as) == ({}, "expired", "cannot_charge")
    (alarm,) = alarms(scene)
    assert why in alarm
    assert world.texts(scene.ana) == world.texts(scene.ben) == []


def test_the_offer_loop_answers_as_ever_when_the_deposit_cannot_be_charged(world: World) -> None:
    scene = RecoveryScene.set(world, deposit_cents=20)
    task = scene.next("send_next_offer")
    world.run(task)
    outcome = world.one("SELECT outcome FROM pending_tasks WHERE id = :id", id=task.id)
    assert outcome["answer"] == {"success": True, "completed": True, "reason": "no_eligible_customers"}


def test_once_the_deposit_is_corrected_the_slot_is_sold(world: World) -> None:
    scene = RecoveryScene.set(world, deposit_cents=20)
    world.settle()
    world.rows("UPDATE appointments SET deposit_cents = 2000 WHERE id = :id", id=scene.appointment.id)
    scene.step_in("start_again")
    world.work()
    assert any("£20 deposit" in text for text in world.texts(scene.ana))


@pytest.mark.quick
def test_a_deposit_that_stripe_refuses_after_the_yes_stops_everything(world: World) -> None:
    """The amount is set with SQL. Ben is not asked, and Ana receives the reason."""
    scene = RecoveryScene.set(world).asked()
    world.rows("UPDATE slot_offers SET deposit_cents = 20 WHERE shop_id = :id", id=scene.shop.id)
    scene.says("YES")
    world.settle()
    slot = world.slot_of(scene.appointment)
    assert (slot.status, slot.closed_as) == ("expired", "cannot_charge")
    assert (world.offers(slot), world.bookings(slot)) == ({"Ana": "declined"}, {"Ana": "cancelled"})
    assert world.texts(scene.ben) == []
    assert "we can't take payments at the moment" in world.texts(scene.ana)[-1]
    assert not any(words in text for text in world.texts(scene.ana) for words in UNTRUE)
    (alarm,) = alarms(scene)
    assert "below the minimum that Stripe allows" in alarm
    assert world.broken_promises() == []


def test_a_customer_who_accepted_an_impossible_deposit_is_first_when_it_is_corrected(world: World) -> None:
    scene = RecoveryScene.set(world).asked()
    world.rows("UPDATE slot_offers SET deposit_cents = 20 WHERE shop_id = :id", id=scene.shop.id)
    scene.says("YES")
    world.settle()
    world.rows("UPDATE appointments SET deposit_cents = 2500 WHERE id = :id", id=scene.appointment.id)
    world.clock.pass_(timedelta(minutes=1))
    scene.step_in("start_again")
    world.work()
    assert "/pay/" in world.texts(scene.ana)[-1]
    assert "£25" in world.texts(scene.ana)[-1]
    assert world.texts(scene.ben) == []
    assert world.bookings(world.slot_of(scene.appointment))["Ana"] == "pending_payment"
    assert world.at_stripe(world.intent_of(scene.ana) or "", "succeed") == 200
    world.settle()
    assert world.broken_promises() == []


def test_a_currency_that_only_stripe_refuses_is_stopped_at_the_first_yes(world: World) -> None:
    """Babel knows the peseta. Ben is not asked, and Ana receives the reason."""
    scene = RecoveryScene.set(world, currency="ESP").asked().says("YES")
    world.settle()
    assert world.slot_of(scene.appointment).closed_as == "cannot_charge"
    assert world.texts(scene.ben) == []
    assert "we can't take payments at the moment" in world.texts(scene.ana)[-1]
    (alarm,) = alarms(scene)
    assert "Stripe does not accept this currency." in alarm


def test_a_key_that_stripe_no_longer_accepts_burns_nobody(world: World) -> None:
    """The hold has no deadline until the key works again. Then the link is sent."""
    scene = RecoveryScene.set(world).asked().says("YES")
    with world.outside.with_another_key():
        for _ in range(8):
            world.work()
            world.clock.pass_(timedelta(minutes=5))
            world.beat("expire_offers")
        assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "pending_payment"}
        assert world.texts(scene.ben) == []
        assert len(alarms(scene)) == 1
    world.clock.pass_(timedelta(minutes=2))
    world.work()
    assert "/pay/" in world.texts(scene.ana)[-1]
    assert world.at_stripe(world.intent_of(scene.ana) or "", "succeed") == 200
    world.settle()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "booked"}
    assert world.broken_promises() == []


def test_without_stripe_the_time_to_pay_does_not_run(world: World) -> None:
    """Without a link, Ana cannot pay.

    Stripe is available again after forty minutes, and then Ana receives the link.
    """
    scene = RecoveryScene.set(world).asked().says("YES")
    world.outside.fault("stripe payment_intents.create", "rate_limited", times=None)
    for _ in range(8):
        world.work()
        world.clock.pass_(timedelta(minutes=5))
        world.beat("expire_offers")
    world.outside.clear_faults()
    world.clock.pass_(timedelta(minutes=2))
    world.work()
    assert "/pay/" in world.texts(scene.ana)[-1]
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "accepted"}
    assert world.texts(scene.ben) == []


@pytest.mark.quick
def test_the_smaller_of_deposit_and_price_is_asked(world: World) -> None:
    scene = RecoveryScene.set(world, cancelled=False)
    world.rows("UPDATE appointments SET deposit_cents = 9000 WHERE id = :id", id=scene.appointment.id)
    assert world.cancel(scene.appointment.id) == 202
    scene.asked()
    assert "£50 is payable in advance" in world.texts(scene.ana)[-1]
    scene.says("YES")
    world.work()
    assert amounts(scene) == [(5000, "GBP")]


@pytest.mark.quick
@pytest.mark.parametrize(
    ("deposit", "currency", "charged", "shown"),
    long_except(
        [
            (three_places := (1005, "KWD", 1010, "KWD 1.010")),
            (1004, "KWD", 1000, "KWD 1"),
            (150, "ISK", 200, "ISK 2"),
            (1050, "UGX", 1100, "UGX 11"),
            (500, "JPY", 500, "JP¥500"),
        ],
        three_places,
    ),
)
def test_exactly_what_is_announced_is_charged(
    world: World, deposit: int, currency: str, charged: int, shown: str
) -> None:
    scene = RecoveryScene.set(world, deposit_cents=deposit, currency=currency).asked()
    assert shown in world.texts(scene.ana)[-1]
    scene.says("YES")
    world.work()
    assert shown in world.texts(scene.ana)[-1]
    assert amounts(scene) == [(charged, currency)]
    assert world.at_stripe(world.intent_of(scene.ana) or "", "succeed") == 200
    world.settle()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "booked"}
    assert shown in world.texts(scene.ana)[-1]
    assert world.broken_promises() == []


def test_a_deposit_refunded_before_the_cancellation_is_sold_again(world: World) -> None:
    scene = RecoveryScene.set(world, cancelled=False)
    world.rows(
        "UPDATE payments SET status = 'refunded', refunded_at = clock_timestamp() WHERE appointment_id = :id",
        id=scene.appointment.id,
    )
    assert world.cancel(scene.appointment.id) == 202
    scene.asked()
    assert world.texts(scene.ana)


def test_an_amount_agreed_in_pounds_stays_in_pounds(world: World) -> None:
    """The shop changes its currency to euros between the booking and its cancellation."""
    scene = RecoveryScene.set(world, cancelled=False)
    world.rows("UPDATE shops SET currency = 'EUR', deposit_cents = 1000 WHERE id = :id", id=scene.shop.id)
    assert world.cancel(scene.appointment.id) == 202
    scene.asked()
    assert "£20 deposit" in world.texts(scene.ana)[-1]
    scene.says("YES")
    world.work()
    assert "£20" in world.texts(scene.ana)[-1]
    assert amounts(scene) == [(2000, "GBP")]
    kept = world.rows("SELECT currency FROM appointments WHERE shop_id = :id", id=scene.shop.id)
    assert {row.currency for row in kept} == {"GBP"}


CHANGES = {
    "raised": "deposit_cents = 3000",
    "lowered": "deposit_cents = 1000",
    "set to 0": "deposit_cents = 0",
    "in another currency": "deposit_cents = 2000, currency = 'EUR'",
    "too small to be charged": "deposit_cents = 20",
}


def without_own_deposit(world: World, **shop: object) -> RecoveryScene:
    """Zoe's cancelled appointment has no deposit, so the shop's deposit applies."""
    scene = RecoveryScene.set(world, cancelled=False, **shop)
    world.rows(
        "UPDATE appointments SET deposit_cents = NULL, price_cents = NULL WHERE id = :id", id=scene.appointment.id
    )
    assert world.cancel(scene.appointment.id) == 202
    return scene


def change_shop(scene: RecoveryScene, change: str) -> None:
    scene.world.rows(f"UPDATE shops SET {change} WHERE id = :id", id=scene.shop.id)


def accepts_and_pays(scene: RecoveryScene, *, amount: str) -> None:
    """Ana says YES, and receives a payment link and a confirmation with this amount."""
    world = scene.world
    scene.says("YES")
    world.work()
    assert "/pay/" in world.texts(scene.ana)[-1]
    assert f"{amount} deposit" in world.texts(scene.ana)[-1]
    assert world.at_stripe(world.intent_of(scene.ana) or "", "succeed") == 200
    world.settle()
    assert f"Deposit paid: {amount}." in world.texts(scene.ana)[-1]
    assert world.broken_promises() == []


@pytest.mark.quick
@pytest.mark.parametrize("change", long_except(list(CHANGES.values()), CHANGES["raised"]))
def test_the_deposit_that_the_offer_stated_is_charged(world: World, change: str) -> None:
    """The shop changes its deposit between the offer and the YES."""
    scene = without_own_deposit(world).asked()
    assert "£20 deposit" in world.texts(scene.ana)[-1]
    change_shop(scene, change)
    accepts_and_pays(scene, amount="£20")
    assert amounts(scene) == [(2000, "GBP")]
    (booking,) = world.rows(BOOKED, id=scene.ana.id)
    assert (booking.deposit_cents, booking.currency) == (2000, "GBP")


def test_an_offer_without_a_deposit_is_booked_although_the_shop_now_takes_one(world: World) -> None:
    scene = without_own_deposit(world, deposit_cents=0).asked()
    change_shop(scene, CHANGES["raised"])
    scene.says("YES")
    world.settle()
    assert world.texts(scene.ana)[-1].startswith("Booked: ")
    assert amounts(scene) == []
    assert world.broken_promises() == []


def test_a_late_yes_pays_the_deposit_that_its_offer_stated(world: World) -> None:
    """Ana's YES comes after her offer. Ben, whose offer states the raised deposit, declines."""
    scene = without_own_deposit(world).asked()
    world.clock.pass_(timedelta(minutes=16))
    change_shop(scene, CHANGES["raised"])
    world.beat("expire_offers")
    world.work()
    assert "£30 deposit" in world.texts(scene.ben)[-1]
    scene.says("YES")
    world.says(scene.ben, scene.shop, "NO")
    world.work()
    assert amounts(scene) == [(2000, "GBP")]
    assert "£20 deposit" in world.texts(scene.ana)[-1]
    assert world.broken_promises() == []


def test_an_offer_of_the_former_version_is_charged_the_current_deposit(world: World) -> None:
    """Version 0.1.0 stores no deposit with its offers."""
    scene = without_own_deposit(world).asked()
    world.rows("UPDATE slot_offers SET deposit_cents = NULL, currency = NULL WHERE shop_id = :id", id=scene.shop.id)
    change_shop(scene, CHANGES["raised"])
    accepts_and_pays(scene, amount="£30")
    assert amounts(scene) == [(3000, "GBP")]


def test_a_delayed_text_states_the_deposit_of_its_offer(world: World) -> None:
    """The window is short, so the text is composed again with its new end."""
    scene = without_own_deposit(world, offer_window_minutes=5)
    sending = scene.next("send_message")
    first = world.one("SELECT body FROM messages WHERE shop_id = :id", id=scene.shop.id)
    change_shop(scene, CHANGES["raised"])
    world.clock.pass_(timedelta(minutes=3))
    world.run(sending)
    (text,) = world.texts(scene.ana)
    assert text != first
    assert "£20 deposit" in text


def test_a_gap_without_a_cancellation_is_charged_as_offered(world: World) -> None:
    """The deposit of the slot's service applies to the gap, and is changed between the offer and the YES."""
    scene = RecoveryScene.set(world, cancelled=False)
    starts_at = scene.appointment.ends_at + timedelta(hours=1)
    with world.session() as session:
        trim = builders.insert(session, "services", shop_id=scene.shop.id, name="Trim", deposit_cents=1500)
        gap = FreedTime(scene.shop.id, None, starts_at, starts_at + timedelta(hours=1), service_id=trim.id)
        slot_times.sell_gap(session, gap, by="api")
    scene.asked()
    assert "£15 deposit" in world.texts(scene.ana)[-1]
    world.rows("UPDATE services SET deposit_cents = 2500 WHERE id = :id", id=trim.id)
    accepts_and_pays(scene, amount="£15")
    assert amounts(scene) == [(1500, "GBP")]


BOOKED = """
SELECT a.deposit_cents, coalesce(a.currency, s.currency) AS currency
  FROM appointments a JOIN shops s ON s.id = a.shop_id
 WHERE a.customer_id = :id AND a.status = 'booked'
"""


def alarms(scene: RecoveryScene) -> list[str]:
    rows = scene.world.rows(
        "SELECT text FROM notifications WHERE shop_id = :id AND kind = 'needs_human'", id=scene.shop.id
    )
    return [row.text for row in rows]


def amounts(scene: RecoveryScene) -> list[tuple[int, str]]:
    """Returns the amounts requested at Stripe for this shop's customers."""
    asked = scene.world.outside.ledger(kind="request", method="POST", path="/v1/payment_intents")
    ours = [one for one in asked if one["response_id"] and one["params"]["metadata"]["shop_id"] == str(scene.shop.id)]
    return [(int(one["params"]["amount"]), one["params"]["currency"].upper()) for one in ours]
