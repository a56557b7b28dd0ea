"""The route that asks the next customer, and the rows that record which customers were asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
import redis

from tests.builders import in_
from tests.contract.outside import OutsideCallers
from tests.live_system import LiveCustomer, LiveSlot, LiveSystem
from tests.waiting import wait_for

LONDON = ZoneInfo("Europe/London")


def test_the_answer_names_who_is_asked_and_the_cooldown_begins(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.opening()
    assert slot.ask_next() == (200, {"success": True, "customerId": str(ana.id), "customerPhone": ana.phone})
    slot.offers_become(Ana="sent")
    assert slot.ask_next() == (200, {"success": True, "skipped": True, "reason": "offer_outstanding"})
    offer = live.row("SELECT id, sent_at, expires_at FROM slot_offers WHERE slot_opening_id = %s", slot.id)
    assert offer["expires_at"] - offer["sent_at"] == timedelta(minutes=15)
    with redis.Redis.from_url(live.settings["REDIS_URL"], decode_responses=True) as gate:
        assert gate.get(f"offer_cooldown:{ana.id}") == str(offer["id"])
        assert 86_000 < gate.ttl(f"offer_cooldown:{ana.id}") <= 86_400


def test_nobody_to_ask_closes_the_slot(live: LiveSystem) -> None:
    shop = live.shop(require_prior_booking=True)
    shop.customer("New")
    shop.customer("Silent", visited_days_ago=1, sms_opt_in=False)
    shop.customer("Unreachable", visited_days_ago=2, phone="not a number")
    slot = shop.opening()
    assert slot.ask_next() == (200, {"success": True, "completed": True, "reason": "no_eligible_customers"})
    assert slot.ask_next() == (200, {"success": True, "skipped": True, "reason": "slot_status_expired"})
    assert live.rows("SELECT 1 FROM notifications WHERE shop_id = %s AND customer_id IS NULL", shop.id)


@pytest.mark.long
def test_a_cooldown_that_ends_in_time_keeps_the_slot_open(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    shop.opening(status="expired").offer(ana, status="declined", sent_at=in_(-1))
    slot = shop.opening(starts_at=in_(72))
    _, answer = slot.ask_next()
    retry_at = datetime.fromisoformat(answer.pop("retryAt"))
    assert answer == {"success": True, "skipped": True, "reason": "nobody_askable_yet"}
    assert abs(retry_at - in_(23)) < timedelta(minutes=1)
    assert slot.status == "open"


def test_no_text_in_quiet_hours_and_their_end_is_reported(live: LiveSystem) -> None:
    quiet = {"quiet_from": in_(-1).time(), "quiet_until": in_(1).time(), "timezone": "UTC"}
    shop = live.shop(**quiet)
    ana = shop.customer("Ana")
    _, answer = shop.opening().ask_next()
    assert answer["reason"] == "nobody_askable_yet"
    assert abs(datetime.fromisoformat(answer["retryAt"]) - in_(1)) < timedelta(minutes=1)
    near = shop.opening(starts_at=in_(0.9))
    _, too_late = near.ask_next()
    assert too_late["reason"] == "no_eligible_customers"
    because = live.row("SELECT because FROM slot_openings WHERE id = %s", near.id)["because"]
    assert "quiet hours" in because
    assert ana.texts() == []


@pytest.mark.long
def test_without_a_cooldown_a_customer_who_said_no_is_asked_about_the_other_slot_at_once(live: LiveSystem) -> None:
    shop = live.shop(cooldown_hours=0)
    ana = shop.customer("Ana")
    first, second = shop.opening(), shop.opening(starts_at=in_(72))
    first.offer(ana)
    assert second.ask_next()[1]["reason"] == "nobody_askable_yet"
    ana.says("no")
    first.offers_become(Ana="declined")
    second.offers_become(Ana="sent")


def test_an_empty_redis_lets_nobody_be_asked_twice(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.opening()
    slot.ask_next()
    ana.is_asked()
    with redis.Redis.from_url(live.settings["REDIS_URL"]) as broker:
        broker.flushall()
    ana.says("no")
    slot.becomes("expired")
    assert shop.opening(starts_at=in_(8)).ask_next()[1]["reason"] == "no_eligible_customers"


def test_two_customers_with_one_number_get_one_offer(live: LiveSystem, outside: OutsideCallers) -> None:
    shop, phone = live.shop(), live.number()
    shop.customer("Ana", phone=phone)
    shop.customer("Anna", phone=f"{phone[:3]} {phone[3:7]} {phone[7:]}")
    slot = shop.opening()
    slot.ask_next()
    wait_for(lambda: "sent" in slot.offers().values(), "one of them to be asked")
    outside.texts(phone, shop, "no")
    slot.becomes("expired")
    assert len(slot.offers()) == 1


def test_the_words_of_a_whole_recovery(live: LiveSystem) -> None:
    began = datetime.now(LONDON)
    tomorrow = (began + timedelta(days=1)).replace(hour=10, minute=30, second=0, microsecond=0)
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.cancelled(starts_at=tomorrow.astimezone(UTC))
    offer = ana.is_asked()
    # The text may be written after midnight.
    days = {"tomorrow"} if datetime.now(LONDON).date() == began.date() else {"tomorrow", "today"}
    assert offer in {f"A slot opened {day} at 10:30. Reply YES to book. £20 deposit applies." for day in days}
    ana.says("Yes please!")
    link = ana.gets("/pay/")
    assert link.count("http") == 1
    ana.pays()
    confirmation = ana.gets("Confirmed")
    assert f"{live.settings['APP_URL']}/manage/" in confirmation
    assert "10:30" in confirmation
    assert "£20" in confirmation
    _is_on_record(live, ana, slot)


def _is_on_record(live: LiveSystem, ana: LiveCustomer, slot: LiveSlot) -> None:
    notifications = live.rows("SELECT text FROM notifications WHERE customer_id = %s ORDER BY created_at", ana.id)
    assert [row["text"] for row in notifications] == ana.texts()
    log = live.rows("SELECT because FROM audit_logs WHERE slot_opening_id = %s", slot.id)
    assert len(log) > 3
    assert all(row["because"] for row in log)


@pytest.mark.long
def test_an_own_deposit_outweighs_the_shops(live: LiveSystem) -> None:
    shop = live.shop(deposit_cents=1500)
    ana = shop.customer("Ana")
    slot = shop.cancelled(deposit_cents=3500, price_cents=9000)
    assert "£35 deposit applies." in ana.is_asked()
    ana.says("yes")
    intent = ana.intent()
    booking = live.row("SELECT * FROM appointments WHERE source_slot_opening_id = %s", slot.id)
    assert (booking["deposit_cents"], booking["price_cents"]) == (3500, 9000)
    (made,) = [e for e in live.ledger() if e["response_id"] == intent and e["path"].endswith("/payment_intents")]
    metadata = made["params"]["metadata"]
    assert (metadata["appointment_id"], metadata["shop_id"]) == (str(booking["id"]), str(shop.id))
    assert made["params"]["amount"] == "3500"
    assert made["idempotency_key"]


def test_only_unstop_or_start_lift_an_opt_out(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    opted_in = "SELECT sms_opt_in FROM customers WHERE id = %s"
    ana.says("Please stop texting me")
    wait_for(lambda: not live.row(opted_in, ana.id)["sms_opt_in"], "the opt-out")
    ana.says("YES")
    shop.settles()
    assert not live.row(opted_in, ana.id)["sms_opt_in"]
    assert ana.texts() == []
    ana.says("UNSTOP")
    wait_for(lambda: live.row(opted_in, ana.id)["sms_opt_in"], "the opt-in")


def test_while_another_sweep_runs_this_one_is_skipped(live: LiveSystem, outside: OutsideCallers) -> None:
    with psycopg.connect(live.settings["DATABASE_URL"], autocommit=True) as held:
        held.execute("SELECT pg_advisory_lock(482174)")
        assert outside.tries_to_sweep() == {"skipped": True, "reason": "locked"}
    assert "total" in outside.sweeps()
