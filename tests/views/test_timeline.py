"""The timeline of a recovery: its events with the people and the reasons, and the remaining steps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from db import audit
from db.sessions import as_dashboard
from db.tasks import pending_tasks
from domain.state import SlotStatus, Stage
from tests import builders
from tests.builders import in_
from views import recovery_overview
from views.timeline import Codes, EntryKind, timeline, with_webhooks

CODES = Codes(carrier=lambda code: f"carrier {code} in words", decline=lambda code: f"decline {code} in words")


def timeline_of(session, slot):
    found = timeline(session, slot.id, shop_id=slot.shop_id, codes=CODES)
    assert found is not None
    return found


def headlines(told_):
    return [entry.headline for entry in told_.entries if not entry.backstage]


def test_one_customer_after_the_other_is_listed_in_order(session, story):
    story.opened().asked("Ana").ran_out("Ana").asked("Ben").said_yes("Ben")

    assert headlines(timeline_of(session, story.slot)) == [
        "Zoe's appointment was cancelled",
        "The time was offered to other customers",
        "Ana was asked",
        "Ana's time to reply ran out",
        "Ben was asked",
        "Ben said YES",
    ]


def test_every_entry_says_why_and_who(session, story):
    story.opened().asked("Ana").ran_out("Ana")

    over = timeline_of(session, story.slot).entries[-1]

    assert (over.kind, over.reason, over.who.name) == (EntryKind.RAN_OUT, "No answer in time.", "Ana")
    assert over.slot_offer_id == story.offers["Ana"].id


def test_a_text_that_did_not_arrive_says_what_the_carriers_code_means(session, story):
    story.opened().asked("Ana")
    story.text("Ana", status="undelivered", carrier_status="undelivered", error_code="30003", provider_id="SM1")

    (text,) = [entry for entry in timeline_of(session, story.slot).entries if entry.message_id]

    assert text.reason == "Not delivered. carrier 30003 in words"
    assert text.severity == "warning"
    assert ("code", "30003", "carrier 30003 in words") in as_tuples(text.details)


def test_a_declined_card_says_what_the_banks_code_means(session, story):
    story.opened().asked("Ana").said_yes("Ana")
    payment = story.payment("Ana", status="failed", failure_code="insufficient_funds")
    story.note("PaymentDeclined", "There is not enough money on the card.", "Ana", payment.appointment_id)

    declined = timeline_of(session, story.slot).entries[-1]

    assert declined.headline == "Ana's card was declined"
    assert ("code", "insufficient_funds", "decline insufficient_funds in words") in as_tuples(declined.details)
    assert ("amount", "£20", "") in as_tuples(declined.details)


def test_an_offer_inserted_by_sql_is_shown_from_its_row(session, story):
    slot = builders.a_slot(session, story.shop, starts_at=in_(hours=50), created_at=in_(hours=-2))
    ana = builders.a_customer(session, story.shop)
    builders.an_offer(session, slot, ana, status="expired", sent_at=in_(hours=-1), ended_at=in_(minutes=-40))

    assert headlines(timeline_of(session, slot)) == [
        "The time was offered to other customers",
        "Ana was asked",
        "Ana's time to reply ran out",
    ]


def test_the_deposit_that_the_shop_keeps_is_shown(session, story):
    builders.a_payment(session, story.source, deposit_kept_at=in_(), succeeded_at=in_(hours=-3))
    story.opened()

    assert headlines(timeline_of(session, story.slot))[0] == "Zoe paid"
    assert "The deposit of £20 stays with the shop" in headlines(timeline_of(session, story.slot))


def test_nobody_sees_the_secret_part_of_a_customers_link(session, story):
    story.opened().asked("Ana")
    story.text(
        "Ana",
        purpose="acceptance",
        body="Pay: https://x.example/pay/s3cr3t_token and /manage/0ther-token or /offer/a_th1rd",
    )

    (text,) = [entry for entry in timeline_of(session, story.slot).entries if entry.message_id]

    assert ("text", "Pay: https://x.example/pay/… and /manage/… or /offer/…", "") in as_tuples(text.details)


def test_an_unfinished_task_is_shown_with_its_last_error(session, story):
    story.opened().asked("Ana")
    task = pending_tasks.add(session, "send_message", story.text("Ana").id, shop_id=story.shop.id)
    pending_tasks.add(session, "send_message", "of somebody else", shop_id=story.shop.id)
    pending_tasks.park(session, task, "TimeoutError: no answer", attempts=0)

    (waiting,) = timeline_of(session, story.slot).waiting

    assert (waiting.id, waiting.last_error) == (task, "TimeoutError: no answer")
    assert waiting.parked_at is not None


def test_operators_see_webhooks_and_a_reply_at_the_time_it_was_received(session, story):
    story.opened().asked("Ana")
    story.text("Ana", provider_id="SMout")
    story.text("Ana", direction="inbound", purpose="reply", body="YES", provider_id="SMin", status="received")
    at_the_endpoint = story.now() - timedelta(seconds=1)
    a_webhook("twilio", "SMin", session, type="inbound", received_at=at_the_endpoint, handled_at=story.now())
    a_webhook("twilio", "SMout:delivered", session, type="status")

    entries = with_webhooks(session, timeline_of(session, story.slot)).entries

    assert next(entry for entry in entries if entry.kind is EntryKind.REPLY).at == at_the_endpoint
    assert [(e.headline, e.backstage) for e in entries if e.kind is EntryKind.WEBHOOK] == [
        ("Twilio forwarded a text", True),
        ("Twilio reported the text as delivered", False),
    ]


@pytest.mark.parametrize("where", ["id", "payment_intent"])
def test_events_of_a_payment_are_found_by_its_intent(session, story, where):
    story.opened().asked("Ana").said_yes("Ana")
    story.payment("Ana", stripe_payment_intent_id="pi_1")
    payload = {"data": {"object": {"id": "ch_9", where: "pi_1"}}}
    a_webhook("stripe", "evt_1", session, type="payment_intent.succeeded", payload=payload)

    entries = with_webhooks(session, timeline_of(session, story.slot)).entries

    webhooks = [entry.headline for entry in entries if entry.kind is EntryKind.WEBHOOK]
    assert webhooks == ["Stripe reported payment_intent.succeeded"]


def test_the_dashboards_role_may_read_the_story_of_its_own_shop_and_no_other(session, story):
    story.opened().asked("Ana")
    other = builders.a_shop(session)

    as_dashboard(session, story.shop.id)
    assert "Ana was asked" in headlines(timeline_of(session, story.slot))

    as_dashboard(session, other.id)
    assert timeline(session, story.slot.id, shop_id=story.shop.id, codes=CODES) is None


def test_another_shops_slot_has_no_timeline(session, story):
    other = builders.a_shop(session)

    assert timeline(session, story.slot.id, shop_id=other.id, codes=CODES) is None


def test_a_long_story_costs_no_more_statements_than_a_short_one(session, engine, story):
    def statements():
        counted = []
        listener = lambda *a: counted.append(a[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", listener)
        timeline_of(session, story.slot)
        event.remove(engine, "before_cursor_execute", listener)
        return len(counted)

    story.opened().asked("Ana")
    short = statements()
    for name in ("Ben", "Cara", "Dev", "Elif"):
        story.ran_out(list(story.offers)[-1]).asked(name)
        story.text(name)

    assert statements() == short


@pytest.mark.parametrize("status", ["open", "filled", "expired"])
@pytest.mark.parametrize("booking", [None, "pending_payment", "booked"])
@pytest.mark.parametrize("offer", [None, "pending", "sent", "expired"])
def test_lists_show_the_stage_that_the_domain_computes(session, status, booking, offer):
    from db.recoveries import recoveries
    from domain.recovery import stage_of

    shop = builders.a_shop(session)
    ana = builders.a_customer(session, shop)
    slot = builders.a_slot(session, shop, status=status)
    if offer:
        builders.an_offer(session, slot, ana, status=offer)
    if booking:
        times = {"starts_at": slot.starts_at, "status": booking, "source_slot_opening_id": slot.id}
        builders.an_appointment(session, ana, **times)

    (shown,) = recovery_overview.newest(session, limit=5, shop_id=shop.id)

    assert shown.stage is stage_of(recoveries.load(session, slot.id).recovery)


def test_lists_show_the_deposit_that_was_agreed(session):
    shop = builders.a_shop(session, deposit_cents=3000)
    ana = builders.a_customer(session, shop)
    slot = builders.a_slot(session, shop)

    def shown():
        (one,) = recovery_overview.newest(session, limit=5, shop_id=shop.id)
        return one.deposit_cents, one.currency

    assert shown() == (3000, "GBP")
    builders.an_offer(session, slot, ana, deposit_cents=2000, currency="EUR")
    assert shown() == (2000, "EUR")
    booking = {"starts_at": slot.starts_at, "source_slot_opening_id": slot.id}
    builders.an_appointment(session, ana, **booking, deposit_cents=1000, currency="USD")
    assert shown() == (1000, "USD")


def test_lists_narrow_by_shop_status_and_stage(session):
    shop, other = builders.a_shop(session), builders.a_shop(session)
    looking, closed = (
        builders.a_slot(session, shop),
        builders.a_slot(session, shop, starts_at=in_(50), status="expired"),
    )
    builders.a_slot(session, other)

    def ids(**wanted):
        return {one.slot_opening_id for one in recovery_overview.newest(session, limit=9, shop_id=shop.id, **wanted)}

    assert ids() == {looking.id, closed.id}
    assert ids(stages=[Stage.LOOKING]) == {looking.id}
    assert ids(statuses=[SlotStatus.EXPIRED]) == {closed.id}


def as_tuples(details):
    return [(detail.name, detail.value, detail.meaning) for detail in details]


def a_webhook(provider, event_id, session, **values):
    return builders.a_webhook_event(session, provider=provider, event_id=event_id, **values)


class Story:
    """A slot freed by Zoe, and the events that follow. Each event is recorded as the worker would record it."""

    def __init__(self, session):
        self.session = session
        self.shop = builders.a_shop(session)
        zoe = builders.a_customer(session, self.shop, name="Zoe")
        self.slot = builders.a_slot_freed_by(session, zoe)
        self.source = builders.reload(session, "appointments", self.slot.source_appointment_id)
        self.offers, self.people = {}, {}

    def now(self):
        return self.session.connection().exec_driver_sql("SELECT clock_timestamp()").scalar_one()

    def note(self, event, because, who=None, appointment_id=None, **more):
        offer = self.offers.get(who)
        audit.note(
            self.session,
            event=event,
            reason=because,
            shop_id=self.shop.id,
            slot_opening_id=self.slot.id,
            slot_offer_id=offer.id if offer else None,
            appointment_id=appointment_id,
            **more,
        )
        return self

    def opened(self):
        audit.note(
            self.session,
            event="AppointmentCancelled",
            reason="The appointment was cancelled (api).",
            shop_id=self.shop.id,
            appointment_id=self.source.id,
        )
        return self.note("SlotOpened", "A paid appointment was cancelled.", appointment_id=self.source.id)

    def asked(self, who):
        self.people[who] = builders.a_customer(self.session, self.shop, name=who)
        self.offers[who] = builders.an_offer(self.session, self.slot, self.people[who])
        return self.note("CustomerChosen", "First in line.", who, detail={"stage": "Offering"})

    def ran_out(self, who):
        self._end(who, "expired")
        return self.note("OfferDeadlinePassed", "No answer in time.", who, detail={"stage": "Looking"})

    def said_yes(self, who):
        self._end(who, "accepted")
        return self.note("OfferAccepted", "The customer said YES in time.", who, detail={"stage": "Holding"})

    def payment(self, who, **values):
        times = {"starts_at": self.slot.starts_at, "status": "pending_payment"}
        booking = builders.an_appointment(
            self.session, self.people[who], source_slot_opening_id=self.slot.id, **times
        )
        return builders.a_payment(self.session, booking, **({"status": "pending"} | values))

    def text(self, who, **values):
        usual = {"slot_offer_id": self.offers[who].id, "purpose": "offer", "body": "A slot opened. Reply YES."}
        return builders.a_message(self.session, self.people[who], **usual | values)

    def _end(self, who, status):
        statement = "UPDATE slot_offers SET status = %s, ended_at = clock_timestamp() WHERE id = %s"
        self.session.connection().exec_driver_sql(statement, (status, self.offers[who].id))


@pytest.fixture
def story(session):
    return Story(session)
