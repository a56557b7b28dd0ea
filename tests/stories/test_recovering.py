"""The basic recoveries over HTTP, on the running system."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.live_system import LiveSystem


def test_a_cancelled_appointment_is_sold_to_whoever_says_yes_and_pays(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    ana.is_asked()
    ana.says("YES")
    assert live.settings["APP_URL"] + "/pay/" in ana.gets("/pay/")
    slot.becomes("filled")
    ana.pays()
    assert "Deposit paid: £20" in ana.gets("Confirmed")
    assert slot.bookings() == {"Ana": "booked"}
    assert slot.offers() == {"Ana": "accepted"}


@pytest.mark.long
def test_the_most_recent_visitor_is_asked_first(live: LiveSystem) -> None:
    shop = live.shop()
    shop.customer("Never")
    shop.customer("Long ago", visited_days_ago=90)
    lately = shop.customer("Lately", visited_days_ago=2)
    shop.cancelled()
    assert lately.is_asked()


def test_an_offer_that_runs_out_goes_to_the_next_customer(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=1), shop.customer("Ben")
    slot = shop.cancelled()
    ana.is_asked()
    slot.time_runs_out()
    assert ben.is_asked()
    slot.offers_become(Ana="expired", Ben="sent")


def test_a_yes_after_expiry_goes_to_the_next_customer(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=1), shop.customer("Ben")
    slot = shop.cancelled()
    ana.is_asked()
    slot.time_runs_out()
    ana.says("YES")
    ana.gets("it is yours if the person we are asking says no")
    ben.is_asked()
    assert slot.bookings() == {}


def test_a_no_moves_on_at_once(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=1), shop.customer("Ben")
    slot = shop.cancelled()
    ana.is_asked()
    ana.says("No thanks")
    assert ben.is_asked()
    slot.offers_become(Ana="declined", Ben="sent")


def test_stop_is_final(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=1), shop.customer("Ben")
    slot = shop.cancelled()
    ana.is_asked()
    ana.says("STOP")
    ben.is_asked()
    slot.offers_become(Ana="declined", Ben="sent")
    assert not live.row("SELECT sms_opt_in FROM customers WHERE id = %s", ana.id)["sms_opt_in"]
    ben.says("no")
    slot.becomes("expired")
    assert len(ana.texts()) == 1


def test_a_failed_payment_reopens_the_slot_and_the_next_is_asked(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=1), shop.customer("Ben")
    slot = shop.cancelled()
    ana.is_asked()
    ana.says("yes please")
    ana.card_is_declined()
    ana.gets("released")
    ben.is_asked()
    slot.offers_become(Ana="declined", Ben="sent")
    assert slot.bookings() == {"Ana": "cancelled"}
    assert slot.status == "open"
    payment = live.row(
        """SELECT p.status FROM payments p JOIN appointments a ON a.id = p.appointment_id
            WHERE a.source_slot_opening_id = %s AND a.customer_id = %s""",
        slot.id,
        ana.id,
    )
    assert payment["status"] == "failed"


@pytest.mark.long
def test_the_shop_reads_why_a_card_was_declined(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    ana.is_asked()
    ana.says("YES")
    ana.card_is_declined("insufficient_funds")
    ana.gets("released")
    declined = live.row(
        "SELECT because FROM audit_logs WHERE slot_opening_id = %s AND event = 'PaymentDeclined'", slot.id
    )
    assert declined["because"] == "There is not enough money on the card."


def test_an_abandoned_payment_is_cancelled_before_the_next_is_asked(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=1), shop.customer("Ben")
    slot = shop.cancelled()
    ana.is_asked()
    ana.says("YES")
    intent = ana.intent()
    slot.hold_runs_out()
    ben.is_asked()
    paths = [entry["path"] for entry in live.ledger() if entry["kind"] == "request"]
    assert f"/v1/payment_intents/{intent}/cancel" in paths


@pytest.mark.long
def test_nobody_left_closes_the_slot(live: LiveSystem) -> None:
    shop = live.shop()
    slot = shop.cancelled()
    slot.becomes("expired")
    assert slot.ask_next() == (200, {"success": True, "skipped": True, "reason": "slot_status_expired"})


@pytest.mark.long
def test_a_filled_slot_is_skipped(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    ana.is_asked()
    ana.says("YES")
    slot.becomes("filled")
    assert slot.ask_next() == (200, {"success": True, "skipped": True, "reason": "slot_status_filled"})


@pytest.mark.long
def test_a_customer_who_was_asked_recently_is_not_asked(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    first = shop.cancelled()
    ana.is_asked()
    ana.says("no")
    first.becomes("expired")
    soon = datetime.now(UTC) + timedelta(hours=5)
    second = shop.cancelled(starts_at=soon)
    second.becomes("expired")
    assert len(ana.texts()) == 1


def test_the_recovered_customer_cancels_and_the_slot_is_offered_to_another_customer(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=1), shop.customer("Ben")
    slot = shop.cancelled()
    ana.is_asked()
    ana.says("YES")
    ana.pays()
    ana.gets("Confirmed")
    booking = live.row("SELECT id FROM appointments WHERE source_slot_opening_id = %s", slot.id)["id"]
    secret = {"x-internal-secret": live.settings["INTERNAL_SECRET"]}
    assert live.post("WEB_URL", f"/api/appointments/{booking}/cancel", **secret)[0] == 202
    ben.is_asked()
    assert len([text for text in ana.texts() if "Reply YES" in text]) == 1


def test_no_deposit_due_books_at_once(live: LiveSystem) -> None:
    shop = live.shop(deposit_cents=0)
    ana = shop.customer("Ana")
    slot = shop.cancelled(deposit_cents=0)
    assert "deposit" not in ana.is_asked()
    ana.says("yes")
    slot.becomes("filled")
    assert "Booked" in ana.gets("Booked")
    assert slot.bookings() == {"Ana": "booked"}
    assert not live.rows(
        "SELECT 1 FROM payments p JOIN appointments a ON a.id = p.appointment_id WHERE a.source_slot_opening_id = %s",
        slot.id,
    )


@pytest.mark.long
def test_the_same_slot_cancelled_three_times_opens_once(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    appointment = shop.appointment(shop.customer("Zoe", sms_opt_in=False))
    for _ in range(3):
        assert appointment.ask_to_cancel() == (202, {"success": True})
    ana.is_asked()
    assert len(live.rows("SELECT id FROM slot_openings WHERE shop_id = %s", shop.id)) == 1
    shop.settles()
    assert len(ana.texts()) == 1
