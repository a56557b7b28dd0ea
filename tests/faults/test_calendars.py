"""Connected calendars of every kind: freed times are sold, and the sales are booked in the calendar."""

from __future__ import annotations

import hmac
import json
from datetime import timedelta

import pytest

from db.customers import customer_merging, forgetting
from providers.calendars.registry import PROVIDERS
from tests.builders import insert
from tests.effort import long_except
from tests.faults.calendar_shop import CalendarShop
from tests.faults.calendar_situations import WRITTEN
from tests.waiting import PATIENCE_SECONDS
from tests.world import World

EACH_KIND = pytest.mark.parametrize("salon", PROVIDERS, indirect=True)
"""Tried in `make test` as well, which otherwise tries one kind."""
EACH_WRITTEN = pytest.mark.parametrize("salon", long_except(WRITTEN, "square"), indirect=True)
"""All kinds except feeds, which are read-only."""
WITHOUT_ADDRESS = [kind for kind in PROVIDERS if kind != "google"]
"""Google's customers always have an e-mail address or a phone number."""
UNREACHABLE = {"phone": None, "email": None}
SHOWN_AS_PAID = ("square", "acuity", "google")
"""Cal.com cannot mark a booking as paid unless it was paid there, and feeds are read-only."""


@pytest.fixture(params=long_except(PROVIDERS, "square"))
def salon(world: World, request: pytest.FixtureRequest) -> CalendarShop:
    salon = CalendarShop.connected(world, request.param)
    salon.ana = world.customer(salon.shop, "Ana")
    return salon


def says_yes(salon: CalendarShop):
    """Ana is asked and says YES."""
    salon.world.work()
    assert any("Reply YES" in text for text in salon.world.texts(salon.ana))
    salon.world.says(salon.ana, salon.shop, "YES")
    return salon.ana


@pytest.mark.quick
@EACH_KIND
def test_a_booking_there_is_an_appointment_here(salon):
    id = salon.books()
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked")]
    assert salon.appointment(id).starts_at == salon.at(24)
    opted_in = "SELECT sms_opt_in FROM customers WHERE shop_id = :id AND name = 'Nora Bell'"
    assert salon.world.one(opted_in, id=salon.shop.id) is False


@pytest.mark.quick
@pytest.mark.parametrize("salon", long_except(PROVIDERS, "square"), indirect=True)
def test_a_time_cancelled_in_the_calendar_is_sold_here_and_booked_there_once_and_paid(salon):
    id = salon.books()
    salon.syncs()
    salon.cancels(id)
    salon.syncs()
    assert salon.here() == [("Nora Bell", "cancelled")]
    assert salon.slots() == ["open"]
    ana = says_yes(salon)
    salon.world.work()
    salon.world.at_stripe(salon.world.intent_of(ana), "succeed")
    salon.world.work()
    salon.syncs()
    assert salon.here() == [("Nora Bell", "cancelled"), ("Ana", "booked")]
    if salon.kind != "ics":
        assert salon.there() == [("Ana", "booked")]
    if salon.kind in SHOWN_AS_PAID:
        assert "Deposit paid: £20" in salon.stands()[0]["note"]
    assert salon.held() == 0
    assert salon.world.broken_promises() == []


@EACH_KIND
def test_neither_a_service_nor_a_performer_has_the_name_of_a_customer(salon):
    """Other customers read these names in their offers."""
    salon.books()
    salon.syncs()
    of_shop = "SELECT name FROM {} WHERE shop_id = :id"
    tables = (of_shop.format("services"), of_shop.format("performers"))
    names = [row.name for statement in tables for row in salon.world.rows(statement, id=salon.shop.id)]
    assert not [name for name in names if "Nora" in name or "Bell" in name]


@pytest.mark.quick
def test_the_consent_that_a_shop_states_does_not_apply_to_landlines(salon):
    statement = "UPDATE calendars SET settings = settings || :consent WHERE id = :id"
    salon.world.rows(statement, id=salon.calendar_id, consent=json.dumps({"consent": "Booking form"}))
    salon.books("Lana Line", hours=24, phone="+441212345678")
    salon.books("Mo Bile", hours=48)
    salon.syncs()
    statement = "SELECT name, sms_opt_in FROM customers WHERE shop_id = :id ORDER BY name"
    found = salon.world.rows(statement, id=salon.shop.id)
    assert [tuple(row) for row in found] == [("Ana", True), ("Lana Line", False), ("Mo Bile", True)]


@pytest.mark.quick
@pytest.mark.parametrize("salon", long_except(WITHOUT_ADDRESS, "square"), indirect=True)
@pytest.mark.parametrize("merged", long_except([False, True], False))
def test_a_customer_who_was_erased_or_merged_here_books_there_again(salon, merged):
    id = salon.books(**UNREACHABLE)
    salon.syncs()
    salon.cancels(id)
    salon.syncs()
    nora, again = salon.appointment(id).customer_id, salon.books(hours=72, **UNREACHABLE)
    if salon.kind == "square":
        # The stand-in makes a new customer for each booking.
        statement = "UPDATE customers SET external_id = :there WHERE id = :id"
        salon.world.rows(statement, id=nora, there=f"CU-{again}")
    kept = salon.world.customer(salon.shop, "N. Bell")
    with salon.world.session() as session:
        if merged:
            customer_merging.merge(session, kept=kept.id, duplicate=nora)
        else:
            assert forgetting.forget(session, nora, by="operator")
    salon.syncs()
    assert salon.here()[-1] == ("N. Bell" if merged else "Nora Bell", "booked")
    assert salon.world.rows("SELECT FROM pending_tasks WHERE last_error IS NOT NULL") == []


@pytest.mark.quick
def test_a_move_there_frees_the_old_time_here(salon):
    id = salon.books()
    salon.syncs()
    moved = salon.moves(id, hours=48)
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked")]
    assert salon.appointment(moved).starts_at == salon.at(48)
    assert salon.slots() == ["open"]


@pytest.mark.quick
@EACH_WRITTEN
def test_a_cancellation_here_is_one_there(salon):
    id = salon.books()
    salon.syncs()
    salon.world.cancel(salon.appointment(id).id)
    salon.world.work()
    assert salon.there() == []
    salon.syncs()
    assert salon.here() == [("Nora Bell", "cancelled")]


def test_a_cancellation_here_is_entered_in_a_feed_by_staff(salon):
    """A feed is read-only. Until staff remove the booking, it is neither booked nor reported again."""
    if salon.kind != "ics":
        pytest.skip("other calendars are written to")
    id = salon.books()
    salon.syncs()
    salon.world.cancel(salon.appointment(id).id)
    for _ in range(2):
        salon.syncs()
    alarms = "SELECT text FROM notifications WHERE shop_id = :id AND kind = 'needs_human'"
    notifications = salon.world.rows(alarms, id=salon.shop.id)
    assert ["remove it there" in row.text for row in notifications] == [True]
    assert salon.here() == [("Nora Bell", "cancelled")]
    assert salon.slots() == ["open"]
    salon.cancels(id)
    salon.syncs()
    salon.world.settle()
    assert salon.here() == [("Nora Bell", "cancelled")]
    assert salon.world.broken_promises() == []


def test_a_no_show_opens_nothing(salon):
    id = salon.books()
    salon.syncs()
    salon.post(f"/{id}/no-show")
    salon.syncs()
    assert salon.slots() == []


@pytest.mark.parametrize("salon", ["calcom"], indirect=True)
def test_a_time_is_not_sold_while_its_customer_chooses_another(salon):
    """Cal.com cancels the booking immediately. Only the webhook contains the reason."""
    id = salon.books()
    salon.syncs()
    salon.post(f"/{id}/request-reschedule")
    salon.syncs()
    assert (salon.here(), salon.slots()) == ([("Nora Bell", "booked")], [])
    assert salon.world.broken_promises() == []
    salon.moves(id, hours=48)
    salon.syncs()
    assert [one.starts_at for one in salon.world.rows("SELECT starts_at FROM appointments")] == [salon.at(48)]
    assert salon.slots() == ["open"]


@pytest.mark.parametrize("salon", ["calcom"], indirect=True)
def test_a_time_is_sold_if_the_request_for_another_is_never_received(salon):
    id = salon.books()
    salon.syncs()
    salon.world.outside.fault("calcom webhook", "dropped", times=None)
    salon.post(f"/{id}/request-reschedule")
    salon.syncs()
    assert (salon.here(), salon.slots()) == ([("Nora Bell", "cancelled")], ["open"])


def test_a_time_taken_there_in_between_is_not_sold(salon):
    """The customer is informed, and no payment is requested."""
    id = salon.books()
    salon.syncs()
    salon.cancels(id)
    salon.syncs()
    salon.world.outside.fault(f"{salon.kind} webhook", "dropped", times=None)
    salon.books("Walk In")
    ana = says_yes(salon)
    salon.world.work()
    assert salon.world.intent_of(ana) is None
    assert any("just been taken" in text for text in salon.world.texts(ana))
    salon.world.outside.clear_faults()
    salon.world.clock.pass_(timedelta(minutes=1))
    salon.syncs()
    assert ("Walk In", "booked") in salon.here()
    assert ("Ana", "cancelled") in salon.here()
    assert salon.there() == [("Walk In", "booked")]
    assert salon.world.broken_promises() == []


@pytest.mark.quick
def test_lost_doubled_and_late_webhooks_change_nothing(salon):
    for fault in ("dropped", "duplicate", "reordered", "delayed"):
        salon.world.outside.fault(f"{salon.kind} webhook", fault)
    ids = [salon.books(f"Guest {n}", hours=24 + 2 * n) for n in range(3)]
    salon.cancels(ids[1])
    salon.world.work()
    salon.syncs()
    salon.world.clock.pass_(timedelta(seconds=10))
    salon.syncs()
    assert [status for _, status in salon.here()].count("booked") == 2
    assert len(salon.there()) == 2
    assert salon.world.broken_promises() == []


def test_old_webhooks_that_arrive_after_the_sale_change_nothing(salon):
    """Delivers all old webhooks once more, in reverse order."""
    id = salon.books()
    salon.cancels(id)
    old = salon.world.outside.waiting()
    salon.syncs()
    rebooked = salon.books("Nora Bell")
    salon.syncs()
    salon.cancels(rebooked)
    salon.syncs()
    says_yes(salon)
    salon.world.work()
    salon.pays(salon.ana)
    salon.world.work()
    for webhook in reversed(old):
        salon.world.outside.carry(webhook)
    salon.world.work()
    salon.syncs()
    assert [status for _, status in salon.here()].count("booked") == 1
    assert ("Ana", "booked") in salon.here()
    if salon.kind != "ics":
        assert salon.there() == [("Ana", "booked")]
    assert salon.world.broken_promises() == []


def test_a_token_that_is_revoked_before_the_yes_delays_the_payment(salon):
    """No payment is requested until the booking is in the calendar. Staff are notified once."""
    id = salon.books()
    salon.syncs()
    salon.cancels(id)
    salon.syncs()
    ana = says_yes(salon)
    salon.world.outside.fault(f"{salon.kind} *", "token_revoked", times=None)
    for _ in range(3):
        salon.world.work()
        salon.world.clock.pass_(timedelta(minutes=2))
    assert salon.status == "broken"
    assert salon.world.intent_of(ana) is None
    alarms = "SELECT count(*) FROM notifications WHERE shop_id = :id AND kind = 'needs_human'"
    assert salon.world.one(alarms, id=salon.shop.id) == 1
    salon.world.outside.clear_faults()
    salon.world.clock.pass_(timedelta(minutes=2))
    salon.world.work()
    salon.pays(ana)
    salon.world.work()
    assert ("Ana", "booked") in salon.here()


def test_a_revoked_token_breaks_the_calendar_and_opens_nothing(salon):
    id = salon.books()
    salon.syncs()
    salon.world.outside.fault(f"{salon.kind} *", "token_revoked", times=None)
    salon.cancels(id)
    salon.syncs()
    assert salon.status == "broken"
    assert salon.here() == [("Nora Bell", "booked")]
    assert salon.slots() == []
    alarms = salon.world.rows("SELECT text FROM notifications WHERE shop_id = :id", id=salon.shop.id)
    assert len(alarms) == 1
    salon.world.outside.clear_faults()
    salon.world.clock.pass_(timedelta(minutes=2))
    salon.syncs()
    assert salon.status == "active"
    assert salon.slots() == ["open"]


@pytest.mark.parametrize("fault", long_except(["rate_limited", "server_error", "timeout_before"], "timeout_before"))
def test_a_provider_that_fails_for_twenty_minutes_only_delays(salon, fault):
    id = salon.books()
    salon.syncs()
    salon.world.outside.fault(f"{salon.kind} *", fault, times=None)
    salon.cancels(id)
    for _ in range(4):
        salon.syncs()
        salon.world.clock.pass_(timedelta(minutes=5))
    assert salon.status == "active"
    assert salon.here() == [("Nora Bell", "booked")]
    assert salon.slots() == []
    salon.world.outside.clear_faults()
    salon.world.clock.pass_(timedelta(minutes=20))
    salon.syncs()
    assert salon.here() == [("Nora Bell", "cancelled")]
    assert salon.slots() == ["open"]


def test_a_yes_waits_for_a_provider_that_does_not_answer(salon):
    """No payment is requested until the booking is in the calendar. The hold does not expire in the meantime."""
    id = salon.books()
    salon.syncs()
    salon.cancels(id)
    salon.syncs()
    ana = says_yes(salon)
    salon.world.outside.fault(f"{salon.kind} *", "server_error", times=None)
    salon.world.work()
    for _ in range(4):
        salon.world.clock.pass_(timedelta(minutes=5))
        salon.world.beat("expire_offers")
        salon.world.work()
    assert salon.world.intent_of(ana) is None
    assert ("Ana", "pending_payment") in salon.here()
    salon.world.outside.clear_faults()
    salon.world.clock.pass_(timedelta(minutes=2))
    salon.world.work()
    salon.world.at_stripe(salon.world.intent_of(ana), "succeed")
    salon.world.work()
    assert ("Ana", "booked") in salon.here()


@EACH_WRITTEN
def test_an_answer_that_is_lost_books_once(salon):
    """The booking was made, but the connection was closed before the response."""
    id = salon.books()
    salon.syncs()
    salon.cancels(id)
    salon.syncs()
    salon.world.outside.fault(f"{salon.kind} bookings.create", "timeout_after")
    ana = says_yes(salon)
    salon.world.work()
    salon.world.clock.pass_(timedelta(minutes=2))
    salon.world.work()
    salon.world.at_stripe(salon.world.intent_of(ana), "succeed")
    salon.world.work()
    salon.syncs()
    assert salon.there() == [("Ana", "booked")]
    assert ("Ana", "booked") in salon.here()


@EACH_WRITTEN
def test_our_own_hold_does_not_take_the_time_from_our_customer(salon):
    """The hold is created at the same time as the YES."""
    id = salon.books()
    salon.syncs()
    salon.cancels(id)
    salon.world.carry()
    salon.world.beat("sync_calendars")
    for _ in range(30):
        if salon.world.texts(salon.ana):
            break
        salon.world.carry()
        for task in salon.world.claimable():
            if task.name != "hold_in_calendar":
                salon.world.run(task)
    says_yes_at_once(salon)
    for _ in range(5):
        salon.world.work()
        salon.world.clock.pass_(timedelta(seconds=5))
    assert ("Ana", "pending_payment") in salon.here()
    assert salon.world.intent_of(salon.ana)
    assert salon.held() == 0


def says_yes_at_once(salon: CalendarShop) -> None:
    """Handles the YES before the hold. Then creates the hold and the booking in the calendar."""
    salon.world.says(salon.ana, salon.shop, "YES")
    salon.world.carry()
    for task in salon.world.claimable():
        if task.name == "accept_offer":
            salon.world.run(task)
    for name in ("hold_in_calendar", "write_back"):
        for task in salon.world.claimable():
            if task.name == name:
                salon.world.run(task)


@EACH_WRITTEN
def test_a_hold_that_ends_is_released_there(salon):
    id = salon.books()
    salon.syncs()
    salon.cancels(id)
    salon.syncs()
    ana = says_yes(salon)
    salon.world.work()
    assert salon.there() == [("Ana", "booked")]
    salon.world.says(ana, salon.shop, "NO")
    salon.world.work()
    assert salon.there() == []
    assert ("Ana", "cancelled") in salon.here()


@pytest.mark.quick
def test_a_forged_webhook_is_refused(salon):
    url = f"{salon.world.web}/api/calendars/{salon.calendar_id}/webhook"
    before = salon.world.one("SELECT count(*) FROM pending_tasks")
    assert salon.world.http.post(url, data=b"{}", timeout=PATIENCE_SECONDS).status_code == 401
    signature = PROVIDERS[salon.kind].signature
    if signature:
        forged = salon.world.http.post(url, data=b"{}", headers={signature: "forged"}, timeout=PATIENCE_SECONDS)
        assert forged.status_code == 401
    nowhere = f"{salon.world.web}/api/calendars/00000000-0000-4000-8000-000000000000/webhook"
    assert salon.world.http.post(nowhere, data=b"{}", timeout=PATIENCE_SECONDS).status_code == 404
    assert salon.world.one("SELECT count(*) FROM pending_tasks") == before


@pytest.mark.parametrize("id", ["../me", "..", "a/../../me", "a?b=c", "a#b", "a%2fb", "a b", "ä", ""])
@pytest.mark.parametrize("salon", ["calcom"], indirect=True)
def test_a_signed_webhook_with_an_impossible_id_reads_nothing(salon, id):
    """The id becomes a part of the address from which the booking is read."""
    stored = salon.world.one("SELECT credentials FROM calendars")
    secret = salon.world.dependencies.calendars.box.decrypt(stored)["webhook_secret"]
    body = json.dumps({"triggerEvent": "BOOKING_CREATED", "createdAt": "now", "payload": {"uid": id}}).encode()
    headers = {"X-Cal-Signature-256": hmac.new(secret.encode(), body, "sha256").hexdigest()}
    url = f"{salon.world.web}/api/calendars/{salon.calendar_id}/webhook"
    assert salon.world.http.post(url, data=body, headers=headers, timeout=PATIENCE_SECONDS).status_code == (
        401 if id else 200
    )
    assert salon.world.one("SELECT count(*) FROM pending_tasks WHERE name = 'sync_booking'") == 0


def test_a_sync_with_nothing_new_is_one_request(salon):
    salon.books()
    salon.syncs()
    salon.world.clock.pass_(timedelta(minutes=2))
    before = len(salon.world.outside.ledger(kind="request", provider=salon.kind))
    listings = 2 if salon.kind == "ics" else 1
    salon.syncs()
    assert len(salon.world.outside.ledger(kind="request", provider=salon.kind)) == before + listings


@pytest.mark.parametrize("salon", ["ics"], indirect=True)
def test_a_recovered_booking_that_staff_enter_in_a_feed_is_ours(salon):
    """Staff are asked to enter the booking, because a feed is read-only. The paying customer keeps the slot."""
    id = salon.books()
    salon.syncs()
    salon.cancels(id)
    salon.syncs()
    ana = says_yes(salon)
    salon.world.work()
    salon.books("Ana")
    salon.syncs()
    assert ("Ana", "pending_payment") in salon.here()
    salon.world.at_stripe(salon.world.intent_of(ana), "succeed")
    salon.world.work()
    salon.syncs()
    assert ("Ana", "booked") in salon.here()
    assert len(salon.here()) == 2
    overlaps = "SELECT count(*) FROM notifications WHERE shop_id = :id AND text LIKE '%overlaps%'"
    assert salon.world.one(overlaps, id=salon.shop.id) == 0


@EACH_WRITTEN
def test_while_a_calendar_is_paused_its_cancellations_wait(salon):
    id = salon.books()
    salon.syncs()
    salon.world.rows("UPDATE calendars SET status = 'paused' WHERE id = :id", id=salon.calendar_id)
    salon.world.cancel(salon.appointment(id).id)
    salon.world.work()
    assert salon.there() == [("Nora Bell", "booked")]
    salon.world.rows("UPDATE calendars SET status = 'active' WHERE id = :id", id=salon.calendar_id)
    salon.world.clock.pass_(timedelta(minutes=11))
    salon.world.work()
    assert salon.there() == []


def test_the_remaining_time_of_a_slot_without_staff_is_in_the_calendar_too(world: World) -> None:
    salon = CalendarShop.connected(world, "google", sell_rest=True)
    salon.ana = world.customer(salon.shop, "Ana")
    ben = world.customer(salon.shop, "Ben", last_settled_at=world.clock.now() - timedelta(days=40))
    with world.session() as session:
        trim = insert(session, "services", shop_id=salon.shop.id, name="Trim", duration_minutes=20, price_cents=2500)
        insert(session, "waitlist_entries", shop_id=salon.shop.id, customer_id=salon.ana.id, service_id=trim.id)
    id = salon.books()
    salon.syncs()
    salon.cancels(id)
    salon.syncs()
    for customer in (says_yes(salon), ben):
        world.says(customer, salon.shop, "YES")
        world.work()
        salon.pays(customer)
        world.work()
    salon.syncs()
    assert salon.here() == [("Nora Bell", "cancelled"), ("Ana", "booked"), ("Ben", "booked")]
    assert sorted(salon.there()) == [("Ana", "booked"), ("Ben", "booked")]
    assert world.broken_promises() == []
