"""End-to-end tests in which customers or providers do something unusual."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.live_system import LiveSystem
from tests.waiting import wait_for


def test_a_late_yes_gets_the_slot_once_it_is_free_again(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=2), shop.customer("Ben", visited_days_ago=1)
    slot = shop.cancelled()
    ben.is_asked()
    slot.time_runs_out()
    ana.is_asked()
    ben.says("yes")
    ben.gets("it is yours if the person we are asking says no")
    ana.says("no")
    ben.gets("/pay/")
    ben.pays()
    ben.gets("Confirmed")
    assert slot.bookings() == {"Ben": "booked"}


@pytest.mark.long
def test_a_second_card_is_welcome_where_the_shop_allows_two_attempts(live: LiveSystem) -> None:
    shop = live.shop(payment_attempts=2)
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    ana.is_asked()
    ana.says("YES")
    ana.card_is_declined()
    wait_for(lambda: live.rows("SELECT 1 FROM payments WHERE shop_id = %s AND failures = 1", shop.id), "a decline")
    ana.pays()
    ana.gets("Confirmed")
    assert slot.bookings() == {"Ana": "booked"}


def test_an_undeliverable_number_never_stalls_the_chain(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=1), shop.customer("Ben")
    live.fault(provider="twilio", operation="messages.create", fault="undelivered", times=1, match={"To": ana.phone})
    slot = shop.cancelled()
    assert ben.is_asked()
    slot.offers_become(Ana="failed", Ben="sent")


@pytest.mark.long
def test_a_carrier_that_refuses_a_number_moves_on_at_once(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=1), shop.customer("Ben")
    live.fault(provider="twilio", operation="messages.create", fault="21614", times=1, match={"To": ana.phone})
    slot = shop.cancelled()
    ben.is_asked()
    assert slot.offers()["Ana"] == "failed"
    assert ana.texts() == []


@pytest.mark.long
def test_an_unclear_reply_is_answered_with_one_question(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    shop.cancelled()
    ana.is_asked()
    ana.says("what time?")
    ana.gets("Please reply YES or NO")
    ana.says("hm maybe")
    live.wait_until_idle()
    assert len([text for text in ana.texts() if "Please reply YES or NO" in text]) == 1


@pytest.mark.long
def test_nobody_is_texted_at_night_and_the_search_continues_in_the_morning(live: LiveSystem) -> None:
    now = datetime.now(UTC)
    quiet = {"quiet_from": (now - timedelta(hours=1)).time(), "quiet_until": (now + timedelta(hours=1)).time()}
    shop = live.shop(timezone="UTC", **quiet)
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    wait_for(
        lambda: live.row("SELECT next_search_at > now() + interval '50 minutes' AS waits FROM slot_openings"
                         " WHERE id = %s", slot.id)["waits"],
        "the slot to wait for the morning",
    )  # fmt: skip
    assert ana.texts() == []
    live.rows("UPDATE shops SET quiet_from = NULL, quiet_until = NULL WHERE id = %s", shop.id)
    live.rows("UPDATE slot_openings SET next_search_at = now() WHERE id = %s", slot.id)
    ana.is_asked()


@pytest.mark.long
def test_a_slot_that_starts_too_soon_asks_nobody(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.cancelled(starts_at=datetime.now(UTC) + timedelta(minutes=20))
    slot.becomes("expired")
    assert ana.texts() == []


@pytest.mark.long
def test_an_unpaid_appointment_is_cancelled_and_opens_nothing(live: LiveSystem) -> None:
    shop = live.shop()
    shop.customer("Ana")
    zoe = shop.customer("Zoe", sms_opt_in=False)
    appointment = shop.appointment(zoe, paid=False, status="pending_payment")
    assert appointment.ask_to_cancel() == (202, {"success": True})
    wait_for(lambda: appointment.status == "cancelled", "the appointment to be cancelled")
    live.wait_until_idle()
    assert appointment.slot() is None
    assert live.row("SELECT cancel_reason FROM appointments WHERE id = %s", appointment.id)["cancel_reason"] == "api"


def test_one_phone_in_two_shops_means_the_shop_it_writes_to(live: LiveSystem) -> None:
    one, other = live.shop(), live.shop()
    phone = live.number()
    ana_there, ana_here = other.customer("Ana", phone=phone), one.customer("Ana", phone=phone)
    slot_here, slot_there = one.cancelled(), other.cancelled()
    slot_here.offers_become(Ana="sent")
    slot_there.offers_become(Ana="sent")
    ana_here.says("no")
    slot_here.becomes("expired")
    assert slot_there.offers() == {"Ana": "sent"}
    ana_there.says("no")
    slot_there.becomes("expired")


@pytest.mark.long
def test_ten_copies_of_one_yes_are_one_acceptance(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    ana.is_asked()
    live.fault(provider="twilio", operation="webhook.inbound", fault="duplicate", times=1)
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(ana.says, ["YES"] * 5))
    slot.becomes("filled")
    live.wait_until_idle()
    assert len([text for text in ana.texts() if "/pay/" in text]) == 1
    assert slot.bookings() == {"Ana": "pending_payment"}


def test_two_who_say_yes_at_once_do_not_both_get_it(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=1), shop.customer("Ben")
    slot = shop.cancelled()
    ana.is_asked()
    slot.time_runs_out()
    ben.is_asked()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda customer: customer.says("YES"), [ana, ben]))
    ben.gets("/pay/")
    ana.gets("Sorry, this slot has just been")
    assert slot.bookings() == {"Ben": "pending_payment"}
