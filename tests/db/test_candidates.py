"""The customers who may be asked about a slot, and their order."""

from datetime import time, timedelta

import pytest
from sqlalchemy import text

from db import clock as database_clock
from db.recoveries import candidates
from domain.channels import Channel
from domain.eligibility import why_not
from domain.policy import Policy, WaitlistMode
from domain.ranking import Line
from tests.builders import (
    a_customer,
    a_settled_booking,
    a_shop,
    a_slot,
    a_slot_freed_by,
    a_suppression,
    an_appointment,
    an_offer,
    in_,
    insert,
    reload,
)

UNHURRIED = Policy(cooldown=timedelta(0))


def test_the_most_recent_visitor_is_asked_first(ask, session, shop, slot):
    a_settled_booking(session, a_customer(session, shop, name="Ana"), days_ago=30)
    a_settled_booking(session, a_customer(session, shop, name="Ben"), days_ago=3)
    a_customer(session, shop, name="Cleo")
    assert ask() == ["Ben", "Ana", "Cleo"]


def test_equals_are_asked_in_the_order_of_their_ids(session, shop, slot):
    made = {a_customer(session, shop).id for _ in range(5)}
    page = candidates.first(session, slot.id, policy=Policy(), limit=5)
    assert [found.customer_id for found in page] == sorted(made)


@pytest.mark.parametrize("unreachable", [{"sms_opt_in": False}, {"phone": None}, {"phone": "07700 900123"}])
def test_a_customer_who_cannot_or_will_not_be_texted_is_not_asked(ask, session, shop, unreachable):
    a_customer(session, shop, **unreachable)
    assert ask() == []


def test_a_customer_of_another_shop_is_not_asked(ask, session, shop):
    a_customer(session, a_shop(session))
    assert ask() == []


def test_a_customer_who_opted_out_is_not_asked_until_they_opt_in(ask, session, shop, ana):
    a_suppression(session, shop, ana.phone)
    assert ask() == []
    session.execute(text("UPDATE suppressions SET lifted_at = now()"))
    assert ask() == ["Ana"]


def test_an_opt_out_of_another_shop_is_that_shops(ask, session, ana):
    a_suppression(session, a_shop(session), ana.phone)
    assert ask() == ["Ana"]


def test_nobody_is_asked_twice_for_a_slot(ask, session, ana, slot):
    an_offer(session, slot, ana, status="expired")
    assert ask(policy=UNHURRIED) == []


def test_a_second_row_with_the_same_number_is_the_same_person(ask, session, shop, ana, slot):
    a_customer(session, shop, name="Ana again", phone=f"{ana.phone[:5]} {ana.phone[5:]}")
    an_offer(session, slot, ana, status="expired")
    assert ask(policy=UNHURRIED) == []


def test_the_cooldown_of_one_row_is_the_cooldown_of_the_person(ask, session, shop, ana):
    a_customer(session, shop, name="Ana again", phone=ana.phone)
    rest(session, ana, in_(1))
    assert ask() == []


def test_the_customer_who_cancelled_is_not_asked(session, ana):
    slot = a_slot_freed_by(session, ana)
    assert candidates.first(session, slot.id, policy=Policy(), limit=5) == []


def test_the_customer_who_cancelled_the_recovered_booking_is_not_asked(ask, session, ana, slot):
    an_appointment(session, ana, status="cancelled", source_slot_opening_id=slot.id, starts_at=in_(99))
    assert ask() == []


def test_a_customer_who_gave_up_this_time_is_not_asked_when_another_customer_gives_it_up(ask, session, ana, slot):
    an_appointment(session, ana, status="cancelled", cancelled_from="booked", starts_at=slot.starts_at)
    assert ask() == []


def test_a_customer_who_only_failed_to_pay_for_this_time_can_be_asked(ask, session, ana, slot):
    an_appointment(session, ana, status="cancelled", cancelled_from="pending_payment", starts_at=slot.starts_at)
    assert ask() == ["Ana"]


def test_a_customer_with_an_overlapping_appointment_is_not_asked(ask, session, ana, slot):
    an_appointment(session, ana, starts_at=slot.starts_at + timedelta(minutes=59))
    assert ask() == []


def test_a_customer_with_an_appointment_right_after_is_asked(ask, session, ana, slot):
    an_appointment(session, ana, starts_at=slot.ends_at)
    assert ask() == ["Ana"]


def test_a_customer_with_an_offer_for_another_slot_is_not_asked(ask, session, shop, ana):
    an_offer(session, a_slot(session, shop, starts_at=in_(48)), ana)
    assert ask(policy=UNHURRIED) == []


def test_a_customer_asked_yesterday_is_in_a_cooldown_until_the_hour(ask, session, shop, ana, clock):
    an_offer(session, a_slot(session, shop, starts_at=in_(48)), ana, status="expired", sent_at=in_())
    assert ask() == []
    clock.shift(timedelta(hours=24))
    assert ask() == ["Ana"]


def test_a_shop_without_a_cooldown_asks_customers_in_an_old_cooldown(ask, session, ana):
    rest(session, ana, in_(1))
    assert ask(policy=UNHURRIED) == ["Ana"]


def test_a_customer_whose_cooldown_is_over_is_ranked_as_usual(ask, session, shop, clock):
    for name, days_ago, rested in (("Ana", 1, True), ("Ben", 2, False), ("Cleo", 3, True)):
        customer = a_customer(session, shop, name=name)
        a_settled_booking(session, customer, days_ago=days_ago)
        if not rested:
            rest(session, customer, in_(1))
    clock.shift(timedelta(hours=1))
    assert ask() == ["Ana", "Ben", "Cleo"]


def test_a_shop_may_ask_only_those_who_have_been_there(ask, session, shop, ana):
    a_settled_booking(session, a_customer(session, shop, name="Ben"), days_ago=900)
    assert ask(policy=Policy(require_prior_booking=True)) == ["Ben"]


def test_pages_follow_each_other_without_gap_or_overlap(session, shop, slot, clock):
    for number in range(11):
        customer = a_customer(session, shop, name=str(number))
        if number % 3:
            a_settled_booking(session, customer, days_ago=number % 3)
        if number % 2:
            rest(session, customer, in_(1))
    clock.shift(timedelta(hours=1))
    whole = candidates.first(session, slot.id, policy=Policy(), limit=20)
    assert walk(session, slot, by=2) == whole
    assert len(whole) == 11


def test_candidates_come_with_facts_that_pass_the_rules(session, ana, slot):
    a_settled_booking(session, ana, days_ago=3)
    (found,) = candidates.first(session, slot.id, policy=Policy(), limit=5)
    assert why_not(found.facts, now=database_clock.now(session), policy=Policy()) is None
    assert candidates.facts_about(session, slot.id, ana.id) == found.facts


def test_the_facts_show_why_a_customer_of_another_shop_is_not_asked(session, slot):
    stranger = a_customer(session, a_shop(session))
    facts = candidates.facts_about(session, slot.id, stranger.id)
    assert why_not(facts, now=database_clock.now(session), policy=Policy()).name == "same_shop"


def test_there_are_no_facts_about_nobody(session, slot, ana):
    assert candidates.facts_about(session, slot.id, slot.id) is None
    assert candidates.facts_about(session, ana.id, ana.id) is None


def test_the_next_search_is_at_the_end_of_the_first_cooldown(chance, session, shop):
    for hours in (5, 2, 9):
        rest(session, a_customer(session, shop), in_(hours))
    assert chance() == in_(2)


def test_a_person_with_two_rows_can_be_asked_after_the_later_cooldown(chance, session, shop):
    ana, ben = a_customer(session, shop), a_customer(session, shop)
    rest(session, ana, in_(1))
    rest(session, a_customer(session, shop, phone=ana.phone, sms_opt_in=False), in_(5))
    rest(session, ben, in_(2))
    assert chance() == in_(2)


def test_a_customer_who_cannot_be_asked_does_not_determine_the_next_search(chance, session, shop, slot):
    for days, hours in enumerate((2, 3)):
        rest(session, a_customer(session, shop, sms_opt_in=bool(days)), in_(hours))
    asked = a_customer(session, shop)
    an_offer(session, slot, asked, status="expired")
    rest(session, asked, in_(1))
    assert chance() == in_(3)


def test_the_end_of_another_slots_offer_is_a_chance(chance, session, shop, ana):
    an_offer(session, a_slot(session, shop, starts_at=in_(48)), ana, expires_at=in_(minutes=10))
    assert chance(policy=UNHURRIED) == in_(minutes=10)
    assert chance(cut_off=in_(90)) > in_(23)


def test_an_offer_for_the_same_slot_does_not_determine_the_next_search(chance, session, ana, slot):
    an_offer(session, slot, ana)
    assert chance(policy=UNHURRIED) is None


def test_a_chance_at_the_cut_off_is_none(chance, session, ana):
    rest(session, ana, in_(2))
    assert chance(cut_off=in_(2)) is None
    assert chance(cut_off=in_(2) + timedelta(seconds=1)) == in_(2)


def test_past_cooldowns_are_cleared(session, shop, clock):
    early, late = a_customer(session, shop), a_customer(session, shop)
    rest(session, early, in_(1))
    rest(session, late, in_(3))
    clock.shift(timedelta(hours=2))
    assert candidates.clear_cooldowns(session, limit=100) == 1
    assert reload(session, "customers", early.id).cooldown_until is None
    assert reload(session, "customers", late.id).cooldown_until == in_(3)


@pytest.mark.parametrize("customers", [1, 60])
@pytest.mark.parametrize(
    ("policy", "count"),
    [(Policy(waitlist=WaitlistMode.OFF), 2), (Policy(), 3), (Policy(move_up=True), 4)],
    ids=["without a list", "with a list", "with moves"],
)
def test_the_number_of_statements_is_the_same_however_many_there_are(
    session, statements, shop, slot, customers, policy, count
):
    for _ in range(customers):
        a_customer(session, shop)
    statements.clear()
    candidates.first(session, slot.id, policy=policy, limit=20)
    candidates.next_chance(session, slot.id, policy=policy, cut_off=in_(10))
    assert len(statements) == count


def test_a_wish_may_last_until_the_end_of_the_day(session, shop, slot):
    ana = a_customer(session, shop)
    insert(session, "waitlist_entries", shop_id=shop.id, customer_id=ana.id, time_from="00:00", time_until="24:00")
    (found,) = candidates.in_order(session, slot.id, policy=Policy(), at_once=20)
    assert (found.customer_id, found.line) == (ana.id, Line.WAITING)
    assert [wish.time_until for wish in found.facts.wishes] == [time.max]


@pytest.mark.parametrize("waiting", [1, 30])
def test_the_next_line_is_read_when_the_one_before_is_used_up(statements, session, shop, slot, waiting):
    for _ in range(waiting):
        insert(session, "waitlist_entries", shop_id=shop.id, customer_id=a_customer(session, shop).id)
    other = a_customer(session, shop)
    statements.clear()
    found = candidates.in_order(session, slot.id, policy=Policy(), at_once=20)
    assert next(found).line is Line.WAITING
    assert len(statements) == 2
    assert [*found][-1].customer_id == other.id


def test_each_page_is_twice_as_long_as_the_one_before(session, statements, shop, slot):
    customers = {a_customer(session, shop).id for _ in range(20)}
    statements.clear()
    found = list(candidates.in_order(session, slot.id, policy=Policy(waitlist=WaitlistMode.OFF), at_once=5))
    assert {candidate.customer_id for candidate in found} == customers
    assert len(found) == 20
    assert len(statements) == 3


@pytest.mark.long
@pytest.mark.parametrize("channels", [{Channel.SMS}, set(Channel)])
def test_a_page_costs_the_same_with_many_customers_in_a_cooldown(session, shop, slot, channels):
    """Measures pages read instead of time. 19 of 20 customers have a cooldown and come first in the order."""
    costs = []
    for many in (1_000, 4_000):
        session.execute(CROWD, {"shop": shop.id, "many": many, "resting": many * 19 // 20})
        # Autovacuum collects statistics in production.
        # The planner needs them, because several indexes have the same order.
        session.execute(text("ANALYZE customers"))
        costs.append(pages_read(session, slot, Policy(channels=frozenset(channels))))
    assert costs[1] < 1.5 * costs[0]


CROWD = text("""
INSERT INTO customers (shop_id, phone, sms_opt_in, last_settled_at, cooldown_until)
SELECT :shop, '+1' || (:many * 100000 + i), true, now() - i * interval '1 hour',
       CASE WHEN i <= :resting THEN now() + i * interval '1 minute' END
  FROM generate_series(1, :many) i
""")


@pytest.mark.parametrize(
    ("wish", "statement", "values"),
    [
        ("NULL, '00:00', '00:01'", candidates.MATCHING_ENTRIES, {"few": candidates.FEW}),
        ("NULL, NULL, NULL", candidates.MATCHING_ENTRIES, {"few": candidates.FEW}),
        ("NULL, NULL, NULL", candidates.statement("candidates_waiting", True, False, False), {"limit": 20}),
    ],
    ids=["nobody wants the hour", "all want it", "the first in line"],
)
def test_the_waiting_list_costs_the_same_however_long_it_is(session, shop, slot, wish, statement, values):
    costs = []
    for many in (600, 2_400):
        session.execute(text(WAITING.format(wish)), {"shop": shop.id, "many": many})
        session.execute(text("ANALYZE customers, waitlist_entries"))
        costs.append(pages_read_by(session, statement, candidates.page_start(slot.id, Policy()) | values))
    # The number of pages that contain the first entries varies by chance.
    # The whole list has four times as many pages.
    assert costs[1] < 2.5 * costs[0]


WAITING = """
WITH made AS (
  INSERT INTO customers (shop_id, phone, sms_opt_in)
  SELECT :shop, '+1' || (:many * 100000 + i), true FROM generate_series(1, :many) i RETURNING id
)
INSERT INTO waitlist_entries (shop_id, customer_id, weekdays, time_from, time_until) SELECT :shop, id, {} FROM made
"""


def pages_read(session, slot, policy):
    others = candidates.statement("candidates_page", listed=False, moving=False, channels=len(policy.channels) > 1)
    return pages_read_by(session, others, candidates.page_start(slot.id, policy) | {"limit": 20})


def pages_read_by(session, statement, values):
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.text}"
    (plan,) = session.execute(text(explain), values).scalar_one()
    return plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]


def rest(session, customer, until):
    session.execute(text("UPDATE customers SET cooldown_until = :u WHERE id = :id"), {"u": until, "id": customer.id})


def walk(session, slot, *, by):
    return list(candidates.in_order(session, slot.id, policy=Policy(), at_once=by))


@pytest.fixture
def ask(session, slot):
    """Returns the names of the customers who may be asked, in order."""

    def names(policy=Policy()):  # noqa: B008 - a policy is frozen
        return [found.name for found in candidates.first(session, slot.id, policy=policy, limit=20)]

    return names


@pytest.fixture
def chance(session, slot):
    def when(policy=Policy(), cut_off=slot.starts_at):  # noqa: B008
        return candidates.next_chance(session, slot.id, policy=policy, cut_off=cut_off)

    return when
