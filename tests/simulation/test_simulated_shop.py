"""A simulation with the settings and the history of a real shop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cli.simulated_shop import scenario_of
from domain.pace import Pace
from simulation.parameters import Behaviour
from simulation.run import run, ways_named
from tests.builders import a_customer, a_shop

ANSWERED = text("""
WITH slot AS (
  INSERT INTO slot_openings (shop_id, starts_at, ends_at, status)
  VALUES (:shop, now() + :n * interval '3 hours', now() + :n * interval '3 hours' + interval '1 hour', 'expired')
  RETURNING id)
INSERT INTO slot_offers (shop_id, slot_opening_id, customer_id, status, sent_at, accepted_at, ended_as,
                         cooldown_until)
SELECT :shop, slot.id, :customer, :status, now() - interval '1 hour', CASE WHEN :status = 'accepted'
       THEN now() - interval '40 minutes' END, CAST(:ended_as AS text), now() FROM slot
""")


def test_a_shop_is_simulated_as_its_customers_have_answered(session: Session) -> None:
    shop = a_shop(session, pace="adaptive", offer_window_minutes=20)
    ana = a_customer(session, shop)
    entry = "INSERT INTO waitlist_entries (shop_id, customer_id) VALUES (:shop, :ana)"
    session.execute(text(entry), {"shop": shop.id, "ana": ana.id})
    for number in range(1, 61):
        status = "accepted" if number <= 30 else "failed" if number <= 35 else "expired"
        values = {"shop": shop.id, "n": number, "customer": ana.id, "status": status, "ended_as": None}
        session.execute(ANSWERED, values)
    found = scenario_of(session, shop.id)
    assert found is not None
    policy, scenario = found
    assert (policy.pace, policy.offer_window) == (Pace.ADAPTIVE, timedelta(minutes=20))
    # 30 of 55 offers in the history were accepted. The default rate is weighted like 30 more offers.
    assert scenario.behaviour.acceptance == pytest.approx((30 + 0.11 * 30) / 85, abs=0.001)
    assert scenario.behaviour.reply_median == pytest.approx(20.0) or scenario.behaviour.reply_median == 10.0
    assert scenario.behaviour.undeliverable > Behaviour().undeliverable
    assert scenario.behaviour.customers == 1
    assert (scenario.behaviour.on_waiting_list, scenario.behaviour.booked_later) == (1.0, 0.0)
    assert len(scenario.leads) == 60
    assert run(scenario, ways_named(["adaptive"]), seed=1, slots=100, shop=policy).ways[0].figures["filled"].value


def test_a_shop_without_customers_is_not(session: Session) -> None:
    assert scenario_of(session, a_shop(session).id) is None
