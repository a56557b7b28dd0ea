"""Rows that are inserted with plain SQL behave as their columns specify."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from tests.builders import in_
from tests.contract.outside import OutsideCallers
from tests.effort import long_except
from tests.live_system import LiveSystem
from tests.waiting import wait_for


def test_a_yes_to_an_offer_from_outside_books(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.opening()
    slot.offer(ana)
    ana.says("YES")
    assert ana.gets("/pay/").count("http") == 1
    assert (slot.status, slot.bookings()) == ("filled", {"Ana": "pending_payment"})
    ana.pays()
    ana.gets("Confirmed")
    assert (slot.bookings(), slot.offers()) == ({"Ana": "booked"}, {"Ana": "accepted"})


@pytest.mark.parametrize("status", long_except(["filled", "expired"], "filled"))
def test_a_yes_to_a_slot_that_is_gone_is_answered(live: LiveSystem, status: str) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.opening(status=status)
    slot.offer(ana)
    ana.says("yes")
    assert ana.gets("Sorry") == "Sorry, this slot has just been taken."
    assert (slot.status, slot.bookings()) == (status, {})


def test_a_sweep_counts_the_offers_of_open_slots_alone(live: LiveSystem, outside: OutsideCallers) -> None:
    shop = live.shop()
    ana, ben, cid = shop.customer("Ana"), shop.customer("Ben"), shop.customer("Cid")
    filled, over = shop.opening(status="filled"), {"sent_at": in_(-1), "expires_at": in_(-0.1)}
    filled.offer(ana, **over)
    slot = shop.opening(starts_at=in_(72))
    slot.offer(ben, **over)
    answer = outside.sweeps()
    assert set(answer) == {"total", "expired", "triggered", "errors"}
    assert answer["errors"] == []
    cid.is_asked()
    slot.offers_become(Ben="expired", Cid="sent")
    filled.offers_become(Ana="expired")


@pytest.mark.parametrize("status", long_except(["open", "filled", "expired"], "open"))
def test_an_offer_beside_the_booking_of_another_customer_ends(
    live: LiveSystem, outside: OutsideCallers, status: str
) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana"), shop.customer("Ben")
    slot = shop.opening(status=status)
    slot.hold(ben, until=in_(0.2))
    slot.offer(ana, sent_at=in_(-1), expires_at=in_(-0.1))
    outside.sweeps()
    slot.offers_become(Ana="expired")
    assert slot.bookings() == {"Ben": "pending_payment"}


def test_nothing_starts_on_insert_and_an_idle_opening_is_taken_up(live: LiveSystem, outside: OutsideCallers) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    # On a busy machine, a new opening may become idle before the sweep.
    slot = shop.opening(created_at=in_(1), updated_at=in_(1))
    outside.sweeps()
    assert slot.offers() == {}
    live.rows("UPDATE slot_openings SET updated_at = now() - interval '2 minutes' WHERE id = %s", slot.id)
    outside.sweeps()
    ana.is_asked()


def test_a_hold_whose_time_is_over_goes_to_the_next_customer(live: LiveSystem, outside: OutsideCallers) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana"), shop.customer("Ben")
    slot = shop.opening(status="filled")
    slot.offer(ana, status="accepted", accepted_at=in_(-1))
    booking, intent = slot.hold(ana, until=in_(-0.1))
    outside.sweeps()
    ben.is_asked()
    slot.offers_become(Ana="declined", Ben="sent")
    assert (booking.status, live.payment_status(intent)) == ("cancelled", "cancelled")


def test_a_declined_card_reopens_and_a_paid_deposit_books_once(live: LiveSystem, outside: OutsideCallers) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana"), shop.customer("Ben")
    slot = shop.opening(status="filled")
    slot.offer(ana, status="accepted", accepted_at=in_(0))
    booking, intent = slot.hold(ana, until=in_(1))
    outside.stripe("payment_intent.payment_failed", intent, status="requires_payment_method")
    ben.is_asked()
    slot.offers_become(Ana="declined", Ben="sent")
    assert (booking.status, live.payment_status(intent), slot.status) == ("cancelled", "failed", "open")


def test_words_of_a_payment_in_any_order_end_as_one_booking(live: LiveSystem, outside: OutsideCallers) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.opening(status="filled")
    slot.offer(ana, status="accepted", accepted_at=in_(0))
    booking, intent = slot.hold(ana, until=in_(1))
    for _ in range(3):
        assert outside.stripe("payment_intent.succeeded", intent, status="succeeded")[0] == 200
    ana.gets("Confirmed")
    outside.stripe("payment_intent.payment_failed", intent, status="requires_payment_method")
    shop.settles()
    assert (booking.status, live.payment_status(intent)) == ("booked", "succeeded")
    assert len(ana.texts()) == 1


def test_late_money_books_if_the_slot_is_still_free(live: LiveSystem, outside: OutsideCallers) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    starts_at = in_(48)
    slot = shop.opening(starts_at=starts_at)
    slot.offer(ana, status="declined")
    over = {"status": "cancelled", "source_slot_opening_id": slot.id, "starts_at": starts_at}
    booking = shop.appointment(ana, paid=False, **over)
    intent = booking.payment(status="cancelled")
    outside.stripe("payment_intent.succeeded", intent, status="succeeded")
    slot.becomes("filled")
    assert booking.status == "booked"


def test_a_failed_payment_of_another_booking_changes_only_its_own_row(
    live: LiveSystem, outside: OutsideCallers
) -> None:
    shop = live.shop()
    appointment = shop.appointment(shop.customer("Ana"), paid=False, status="pending_payment")
    intent = appointment.payment()
    outside.stripe("payment_intent.payment_failed", intent, status="requires_payment_method")
    wait_for(lambda: live.payment_status(intent) == "failed", "the payment to be failed")
    assert (appointment.status, appointment.slot()) == ("pending_payment", None)


def test_an_invalid_row_cannot_be_inserted(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana"), shop.customer("Ben")
    starts_at = in_(24)
    shop.appointment(ana, starts_at=starts_at)
    with pytest.raises(IntegrityError, match="ExclusionViolation"):
        shop.appointment(ben, starts_at=starts_at)
    slot, other = shop.opening(), shop.opening(starts_at=in_(72))
    slot.offer(ana)
    for where, who in ((slot, ben), (other, ana), (slot, ana)):
        with pytest.raises(IntegrityError, match="UniqueViolation"):
            where.offer(who)
    with pytest.raises(IntegrityError, match="UniqueViolation"):
        live.shop(sms_from=shop.phone)
