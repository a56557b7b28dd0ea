"""The SQL and the rules of the domain agree on generated shops."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db import candidates
from db.sessions import sessions
from domain.policy import Policy
from tests.builders import (
    a_customer,
    a_performer,
    a_shop,
    a_slot,
    a_suppression,
    an_appointment,
    an_offer,
    in_,
)
from tests.db.naive_candidates import World

RESTS = text("UPDATE customers SET cooldown_until = :until, last_settled_at = :settled_at WHERE id = :id")
# Few numbers, so that some customers share one.
PHONES = ["+15550000001", "+1 555 000 0001", "+15550000002", "+15550000003", "+15550000004", "none", None]
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "phone": st.sampled_from(PHONES),
            "sms_opt_in": st.sampled_from([True, True, True, False]),
            "last_settled_at": st.sampled_from([None, in_(-200), in_(-100), in_(-100), in_(-50)]),
            "cooldown_until": st.sampled_from([None, None, in_(-2), in_(1), in_(3), in_(30)]),
            "asked": st.sampled_from([None, None, None, "this slot", "another slot", "another slot, live"]),
            "booked": st.sampled_from([None, None, None, "then", "right after", "gave it up", "gave up a hold"]),
            "at_home": st.sampled_from([True, True, True, False]),
        }
    ),
    max_size=9,
)
POLICIES = st.builds(
    Policy,
    cooldown=st.sampled_from([timedelta(hours=24), timedelta(0)]),
    require_prior_booking=st.booleans(),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, policy=POLICIES, opted_out=st.sampled_from([None, *PHONES[:3]]), page_size=st.integers(1, 4))
def test_sql_and_the_rules_agree_on_whom_to_ask_when_and_why_not(imagine, people, policy, opted_out, page_size):
    with imagine(people, opted_out) as (session, slot):
        world = World(session, slot)
        assert [found.customer_id for found in pages(session, slot, policy, page_size)] == world.askable(policy)
        for customer in world.customers:
            assert candidates.facts_about(session, slot.id, customer.id) == world.facts(customer)
        cut_off = in_(20)
        chance = candidates.next_chance(session, slot.id, policy=policy, cut_off=cut_off)
        assert chance == world.next_chance(policy, cut_off)


def pages(session, slot, policy, size):
    found, after = [], None
    while page := candidates.page(session, slot.id, policy=policy, limit=size, after=after):
        found += page
        after = page[-1]
    return found


class Imagined:
    """A shop with these customers, rolled back at the end of the block."""

    def __init__(self, engine, people, opted_out):
        self.session, self.people, self.opted_out = sessions(engine)(), people, opted_out

    def __enter__(self):
        session = self.session
        self.shop, self.away = a_shop(session), a_shop(session)
        self.lou = a_performer(session, self.shop)
        self.slot = a_slot(session, self.shop, performer_id=self.lou.id)
        for number, person in enumerate(self.people):
            self._add(number, **person)
        if self.opted_out:
            a_suppression(session, self.shop, self.opted_out.replace(" ", ""))
        return session, self.slot

    def __exit__(self, *_):
        self.session.rollback()
        self.session.close()

    def _add(self, number, *, asked, booked, at_home, cooldown_until, **columns):
        shop = self.shop if at_home else self.away
        customer = a_customer(self.session, shop, **columns)
        self._book(customer, number, booked)
        self._ask(customer, number, asked)
        # After the offers, whose triggers set a cooldown.
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
    return lambda people, opted_out: Imagined(engine, people, opted_out)
