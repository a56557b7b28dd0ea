"""An appointment can be cancelled in each of its states."""

from __future__ import annotations

import uuid

import pytest

from tests.builders import in_
from tests.contract.outside import OutsideCallers, call
from tests.effort import long_except
from tests.live_system import LiveSystem
from tests.waiting import wait_for

CANCELLED = (202, {"success": True})


def test_a_finished_appointment_cannot_be_cancelled(live: LiveSystem) -> None:
    shop = live.shop()
    zoe = shop.customer("Zoe", sms_opt_in=False)
    for status, hours in (("settled", 24), ("voided", 48), ("booked", -3), ("pending_payment", -6)):
        appointment = shop.appointment(zoe, status=status, starts_at=in_(hours), paid=False)
        code, answer = appointment.ask_to_cancel()
        assert (code, list(answer)) == (409, ["error"])
        assert appointment.status == status


def test_unknown_appointments_are_not_found(outside: OutsideCallers) -> None:
    secret = outside.live.settings["INTERNAL_SECRET"]
    for id in ("nonsense", uuid.uuid4()):
        url = f"{outside.web}/api/appointments/{id}/cancel"
        assert call(url, x_internal_secret=secret)[0] == 404


def test_a_repeat_answers_the_same_and_opens_nothing_more(live: LiveSystem) -> None:
    shop = live.shop()
    appointment = shop.appointment(shop.customer("Zoe", sms_opt_in=False))
    slot = appointment.cancel()
    slot.becomes("expired")
    assert appointment.ask_to_cancel() == CANCELLED
    shop.settles()
    assert slot.status == "expired"


def test_an_appointment_that_needed_no_payment_is_sold_again(live: LiveSystem) -> None:
    shop = live.shop()
    ana, zoe = shop.customer("Ana"), shop.customer("Zoe", sms_opt_in=False)
    shop.appointment(zoe, paid=False, payment_required=False, deposit_cents=0).cancel()
    assert "Reply YES" in ana.is_asked()


@pytest.mark.parametrize("status", long_except(["booked", "pending_payment"], "booked"))
def test_an_unpaid_one_loses_its_intent_and_opens_nothing(
    live: LiveSystem, outside: OutsideCallers, status: str
) -> None:
    shop = live.shop()
    appointment = shop.appointment(shop.customer("Zoe", sms_opt_in=False), paid=False, status=status)
    intent = outside.an_intent(appointment)
    appointment.payment(stripe_payment_intent_id=intent)
    assert appointment.ask_to_cancel() == CANCELLED
    wait_for(lambda: appointment.status == "cancelled", "the appointment to be cancelled")
    assert any(entry["path"].endswith(f"{intent}/cancel") for entry in live.ledger())
    shop.settles()
    assert appointment.slot() is None


@pytest.mark.long
def test_a_shop_may_want_unpaid_ones_sold_again_too(live: LiveSystem) -> None:
    shop = live.shop(recover_unpaid=True)
    zoe = shop.customer("Zoe", sms_opt_in=False)
    assert shop.appointment(zoe, paid=False, status="pending_payment").cancel()


def test_a_shop_may_want_nothing_sold_again(live: LiveSystem) -> None:
    shop = live.shop(recovery_enabled=False)
    appointment = shop.appointment(shop.customer("Zoe", sms_opt_in=False))
    assert appointment.ask_to_cancel() == CANCELLED
    shop.settles()
    assert (appointment.status, appointment.slot()) == ("cancelled", None)


@pytest.mark.long
def test_a_hold_that_came_of_no_offer_can_be_cancelled(live: LiveSystem) -> None:
    shop = live.shop()
    zoe, ben = shop.customer("Zoe", sms_opt_in=False), shop.customer("Ben")
    slot = shop.opening(status="filled")
    booking, _ = slot.hold(zoe, until=in_(1))
    assert booking.ask_to_cancel() == CANCELLED
    ben.is_asked()
    assert (booking.status, slot.status) == ("cancelled", "open")


def test_a_later_booking_for_the_same_time_reopens_the_same_slot(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana"), shop.customer("Ben")
    starts_at = in_(48)
    slot = shop.opening(status="expired", starts_at=starts_at)
    slot.offer(ana, status="declined", sent_at=in_(-30), expires_at=in_(-29))
    appointment = shop.appointment(shop.customer("Zoe", sms_opt_in=False), starts_at=starts_at)
    assert appointment.cancel() == slot
    ben.is_asked()
    assert ana.texts() == []
