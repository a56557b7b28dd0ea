"""For generated shops, the SQL and the domain's rules give the same result."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import text

from db.recoveries import candidates
from db.sessions import sessions
from domain.channels import Channel
from domain.eligibility import why_not
from domain.policy import Policy, WaitlistMode
from tests.builders import (
    a_customer,
    a_payment,
    a_performer,
    a_shop,
    a_slot,
    a_suppression,
    an_appointment,
    an_offer,
    in_,
    insert,
)
from tests.db.naive_candidates import NaiveSearch
from tests.effort import examples

RESTS = text("UPDATE customers SET cooldown_until = :until, last_settled_at = :settled_at WHERE id = :id")
# The list is short, so that some customers share a number.
PHONES = ["+15550000001", "+1 555 000 0001", "+15550000002", "+15550000003", "+15550000004", "none", None]
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "phone": st.sampled_from(PHONES),
            "sms_opt_in": st.sampled_from([True, True, True, False]),
            "whatsapp_opt_in": st.booleans(),
            "email_opt_in": st.sampled_from([None, True, True, False]),
            "email": st.sampled_from([None, "ana@example.com", "none", "@"]),
            "last_settled_at": st.sampled_from([None, in_(-200), in_(-100), in_(-100), in_(-50)]),
            "cooldown_until": st.sampled_from([None, None, in_(-2), in_(1), in_(3), in_(30)]),
            "asked": st.sampled_from([None, None, None, "this slot", "another slot", "another slot, live"]),
            "booked": st.sampled_from([None, None, None, "then", "right after", "gave it up", "gave up a hold"]),
            "choice": st.sampled_from([None, None, None, None, "skip"]),
            "at_home": st.sampled_from([True, True, True, False]),
        }
    ),
    max_size=9,
)
WISHES = st.lists(
    st.fixed_dictionaries(
        {
            "of": st.integers(0, 8),
            "service": st.sampled_from([None, None, 0, 0, 1]),
            "performer": st.sampled_from([None, None, None, "lou", "kim"]),
            "weekdays": st.sampled_from([None, None, "{}", "{1,2,3,4,5,6,7}", "{1,2}", "{3,4,5,6,7}"]),
            "time_from": st.sampled_from([None, None, "00:00", "13:00"]),
            "time_until": st.sampled_from([None, None, "13:00"]),
            "date_from": st.sampled_from([None, None, None, -30, 30]),
            "date_until": st.sampled_from([None, None, None, 30, 0]),
            "notice_minutes": st.sampled_from([None, None, 60, 3 * 24 * 60]),
            "priority": st.sampled_from([0, 0, 1]),
            "status": st.sampled_from(["active", "active", "active", "left"]),
            "created_at": st.sampled_from([in_(-100), in_(-90), in_(-90)]),
        }
    ),
    max_size=8,
)
LATER = st.lists(
    st.fixed_dictionaries(
        {
            "of": st.integers(0, 8),
            "days": st.sampled_from([1, 2, 3, 29, 40]),
            "minutes": st.sampled_from([60, 60, 60, 30, 90]),
            "performer": st.sampled_from([None, "lou", "lou", "kim"]),
            "service": st.sampled_from([None, None, 0, 0, 1]),
            "name": st.sampled_from([None, None, "Cut", "Colour"]),
            "moved": st.sampled_from([None, None, None, "up", "up long ago", "by staff"]),
            "payment": st.sampled_from([None, None, "succeeded", "pending"]),
            "cancelling": st.sampled_from([False, False, False, True]),
            "status": st.sampled_from(["booked", "booked", "booked", "pending_payment", "cancelled"]),
        }
    ),
    max_size=6,
)
SOLD = st.sampled_from(["as nothing", "as the first service", "as a source's service"])
POLICIES = st.builds(
    Policy,
    cooldown=st.sampled_from([timedelta(hours=24), timedelta(0)]),
    require_prior_booking=st.booleans(),
    move_up=st.booleans(),
    move_up_chain=st.sampled_from([3, 3, 0]),
    channels=st.sets(st.sampled_from([Channel.WHATSAPP, Channel.EMAIL])).map(
        lambda more: frozenset({Channel.SMS, *more})
    ),
    waitlist=st.sampled_from([WaitlistMode.FIRST, WaitlistMode.FIRST, WaitlistMode.ONLY, WaitlistMode.OFF]),
)


@examples(8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, policy=POLICIES, opted_out=st.sampled_from([None, *PHONES[:3]]), page_size=st.integers(1, 4))
def test_sql_and_the_rules_agree_on_whom_to_ask_when_and_why_not(imagine, people, policy, opted_out, page_size):
    with imagine(people, opted_out) as (session, slot):
        world = NaiveSearch(session, slot)
        assert [found.customer_id for found in pages(session, slot, policy, page_size)] == world.askable(policy)
        hold_together(session, slot, world, policy)


@examples(8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=PEOPLE,
    policy=POLICIES,
    wishes=WISHES,
    sold=SOLD,
    later=LATER,
    page_size=st.integers(1, 4),
    few=st.sampled_from([1, 2, 3, candidates.FEW]),
)
def test_sql_and_the_rules_agree_about_waiting_and_moving_up(
    imagine, people, policy, wishes, sold, later, page_size, few
):
    """Covers both query plans: the plan for few matching entries and the plan for many."""
    with imagine(people, None, wishes, sold, later) as (session, slot), patch.object(candidates, "FEW", few):
        world = NaiveSearch(session, slot)
        assert [found.customer_id for found in pages(session, slot, policy, page_size)] == world.askable(policy)
        hold_together(session, slot, world, policy)


@examples(8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, policy=POLICIES)
def test_without_entries_the_order_is_by_the_latest_visit_alone(imagine, people, policy):
    """Tries ten thousand shops if TEST_EXAMPLES=1200."""
    with imagine(people, None) as (session, slot):
        policy = replace(policy, waitlist=WaitlistMode.FIRST, move_up=False)
        found = [one.customer_id for one in pages(session, slot, policy, 4)]
        assert found == the_order_without_a_list(NaiveSearch(session, slot), policy)


def the_order_without_a_list(world, policy):
    """Returns the expected order if there is no waiting list."""
    plain = replace(policy, waitlist=WaitlistMode.OFF, move_up=False)
    fit = [c for c in world.customers if why_not(world.facts(c), now=world.now, policy=plain) is None]
    visitors = sorted((c for c in fit if c.last_settled_at), key=lambda c: c.id)
    visitors.sort(key=lambda c: c.last_settled_at, reverse=True)
    return [c.id for c in [*visitors, *sorted((c for c in fit if not c.last_settled_at), key=lambda c: c.id)]]


def hold_together(session, slot, world, policy):
    for customer in world.customers:
        assert candidates.facts_about(session, slot.id, customer.id) == world.facts(customer)
    cut_off = in_(20)
    chance = candidates.next_chance(session, slot.id, policy=policy, cut_off=cut_off)
    assert chance == world.next_chance(policy, cut_off)


def pages(session, slot, policy, size):
    return list(candidates.in_order(session, slot.id, policy=policy, at_once=size))


class Imagined:
    """A shop with these customers. The rows are rolled back at the end of the block."""

    def __init__(self, engine, people, opted_out, wishes=(), sold="as nothing", later=()):
        self.session, self.people, self.opted_out = sessions(engine)(), people, opted_out
        self.wishes, self.sold, self.later, self.customers = wishes, sold, later, []

    def __enter__(self):
        session = self.session
        self.shop, self.away = a_shop(session, timezone="Asia/Tokyo"), a_shop(session)
        self.lou, self.kim = a_performer(session, self.shop), a_performer(session, self.shop)
        # The second service is too long for the slot.
        minutes = (30, 90)
        self.services = [insert(session, "services", shop_id=self.shop.id, duration_minutes=m) for m in minutes]
        if self.sold == "as nothing":
            values = {"performer_id": self.lou.id, "service_id": self.services[0].id, "shop_id": self.shop.id}
            insert(session, "performer_services", **values)
        self.slot = a_slot(session, self.shop, performer_id=self.lou.id, **self._sold_as())
        for number, person in enumerate(self.people):
            self._add(number, **person)
        for wish in self.wishes:
            self._wish(**wish)
        for number, booking in enumerate(self.later):
            self._book_later(number, **booking)
        if self.opted_out:
            a_suppression(session, self.shop, self.opted_out.replace(" ", ""))
        return session, self.slot

    def _sold_as(self):
        if self.sold == "as a source's service":
            gone = a_customer(self.session, self.away, phone=None)
            source = an_appointment(self.session, gone, status="cancelled", service_id=self.services[1].id)
            return {"source_appointment_id": source.id, "service_id": self.services[0].id}
        return {"service_id": self.services[0].id} if self.sold == "as the first service" else {}

    def _wish(self, *, of, service, performer, date_from, date_until, priority, **values):
        if of >= len(self.customers):
            return
        day = lambda days: None if days is None else (in_(24 * days) + timedelta(hours=9)).date()  # noqa: E731
        insert(
            self.session,
            "waitlist_entries",
            shop_id=self.customers[of].shop_id,
            customer_id=self.customers[of].id,
            service_id=None if service is None else self.services[service].id,
            performer_id=performer and getattr(self, performer).id,
            date_from=day(date_from),
            date_until=day(date_until),
            priority=priority,
            priority_reason="Waits for a birthday." if priority else None,
            **values,
        )

    def _book_later(self, number, *, of, days, minutes, performer, service, name, moved, payment, cancelling, status):
        if of >= len(self.customers):
            return
        starts_at = in_(24 * (1 + days)) + timedelta(hours=2 * number)
        old = (
            moved and moved.startswith("up") and an_appointment(self.session, self.customers[of], status="cancelled")
        )
        booking = an_appointment(
            self.session,
            self.customers[of],
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            performer_id=performer and getattr(self, performer).id,
            service_id=None if service is None else self.services[service].id,
            service=name,
            status=status,
            cancel_requested_at=in_() if cancelling else None,
            moved_from_appointment_id=old.id if old else None,
            created_at=in_(-24 * 8) if moved == "up long ago" else in_(-24),
        )
        if moved == "by staff":
            times = {"starts_at": in_(500), "ends_at": in_(501)}
            insert(self.session, "appointment_moves", shop_id=booking.shop_id, appointment_id=booking.id, **times)
        if payment:
            a_payment(self.session, booking, status=payment)

    def __exit__(self, *_):
        self.session.rollback()
        self.session.close()

    def _add(self, number, *, asked, booked, at_home, cooldown_until, choice, **columns):
        shop = self.shop if at_home else self.away
        customer = a_customer(self.session, shop, **columns)
        self.customers.append(customer)
        self._book(customer, number, booked)
        self._ask(customer, number, asked)
        if choice and at_home:
            values = {"shop_id": shop.id, "slot_opening_id": self.slot.id, "customer_id": customer.id}
            insert(self.session, "slot_choices", choice=choice, **values)
        # The triggers of the offers set a cooldown, so the generated cooldown is written after the offers.
        self.session.execute(
            RESTS, {"until": cooldown_until, "settled_at": columns["last_settled_at"], "id": customer.id}
        )

    def _book(self, customer, number, booked):
        performer = a_performer(self.session, self.shop, name=str(number))
        at = self.slot.ends_at if booked == "right after" else self.slot.starts_at
        status = "cancelled" if booked and booked.startswith("gave") else "booked"
        was = {"gave it up": "booked", "gave up a hold": "pending_payment"}.get(booked)
        where = self.lou if booked and booked.startswith("gave") else performer
        if booked:
            an_appointment(
                self.session, customer, starts_at=at, status=status, cancelled_from=was, performer_id=where.id
            )

    def _ask(self, customer, number, asked):
        if asked == "this slot":
            an_offer(self.session, self.slot, customer, status="expired")
        elif asked:
            other = a_slot(self.session, self.shop, starts_at=in_(48 + number))
            live = asked.endswith("live")
            expires_at = in_(minutes=5 + number)
            an_offer(self.session, other, customer, status="sent" if live else "expired", expires_at=expires_at)


@pytest.fixture
def imagine(engine):
    return lambda *imagined: Imagined(engine, *imagined)
