"""Builds a scenario from a shop's settings, its customers and their past replies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from db.recoveries.recoveries import policy_of
from domain.pace import PRIOR_OFFERS
from domain.policy import WaitlistMode
from simulation.parameters import Behaviour
from simulation.scenarios import SCENARIOS, Scenario
from views import answer_history
from views.answer_history import AnswerHistory

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from domain.policy import Policy

FEWEST_LEADS = 20
"""The minimum number of openings. With fewer openings, the lead times of the scenario `mixed` are used."""
MOST_CUSTOMERS = 100
"""The maximum number of customers who are asked about one slot."""


def scenario_of(session: Session, shop_id: UUID) -> tuple[Policy, Scenario] | None:
    """Returns the shop's policy and scenario, or None if no customers can be asked."""
    found = answer_history.of_shop(session, shop_id)
    if not found.customers:
        return None
    policy = policy_of(answer_history.settings_of(session, shop_id))
    mixed = SCENARIOS["mixed"]
    leads = tuple((1.0, lead, lead) for lead in found.lead_minutes)
    scenario = replace(
        mixed,
        name="shop",
        description="A shop with its own settings, customers and past replies, combined with the default numbers",
        leads=leads if len(leads) >= FEWEST_LEADS else mixed.leads,
        behaviour=_behaviour(found, policy),
    )
    return policy, scenario


def _behaviour(found: AnswerHistory, policy: Policy) -> Behaviour:
    usual = Behaviour()
    ended, tried = found.ended, found.ended + found.undeliverable
    return replace(
        usual,
        customers=min(found.customers, MOST_CUSTOMERS),
        acceptance=_smoothed(found.accepted, ended, usual.acceptance),
        declines=_smoothed(found.declined, ended, usual.declines),
        opt_outs=_smoothed(found.opted_out, ended, usual.opt_outs),
        undeliverable=_smoothed(found.undeliverable, tried, usual.undeliverable),
        abandoned=_smoothed(found.not_paid, found.accepted, usual.abandoned),
        card_declined=_smoothed(found.card_declined, found.accepted, usual.card_declined),
        reply_median=_median(found.reply_minutes, usual.reply_median),
        on_waiting_list=0.0 if policy.waitlist is WaitlistMode.OFF else round(found.waiting / found.customers, 4),
        booked_later=round(found.booked_later / found.customers, 4) if policy.move_up else 0.0,
    )


def _smoothed(count: int, of: int, usual: float) -> float:
    return round((count + usual * PRIOR_OFFERS) / (of + PRIOR_OFFERS), 4)


def _median(minutes: list[float], usual: float) -> float:
    """Returns the median of `minutes` and PRIOR_OFFERS copies of `usual`, taken together."""
    middle = sorted([*minutes, *([usual] * PRIOR_OFFERS)])
    return round(middle[len(middle) // 2], 1)
