"""A YES after the end of the offer: the answer, and the cases in which the customer still gets the slot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import events as ev
from domain.effects import CreatePayment
from domain.pace import OfferHistory, Pace
from domain.policy import Policy
from domain.state import ClosedAs, OfferStatus, Stage
from domain.templates import TextKind
from tests.domain.simulated import SimulatedRecovery, an_open_slot, id_of

ADAPTIVE = Policy(pace=Pace.ADAPTIVE, history=OfferHistory())


def closed_after(name: str, closed_as: ClosedAs) -> SimulatedRecovery:
    """Returns a slot whose search ended after `name` did not answer the offer."""
    slot = an_open_slot().offer_to(name).later(minutes=15)
    slot.run_out(name)
    slot.happens(ev.NobodyLeft("No customer is left to ask.", closed_as))
    return slot.later(minutes=5)


def test_the_text_says_that_another_customer_is_asked_first() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.run_out("Ana")
    slot.offer_to("Ben").later(minutes=1)
    slot.yes("Ana")
    assert slot.texts == [(TextKind.NEXT_IN_LINE, id_of("Ana"))]


def test_an_ineligible_customer_is_promised_nothing() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.run_out("Ana")
    slot.offer_to("Ben").later(minutes=1)
    slot.busy.add(id_of("Ana"))
    slot.yes("Ana")
    assert slot.texts == [(TextKind.TOO_LATE, id_of("Ana"))]


@pytest.mark.parametrize("closed_as", [ClosedAs.NOBODY_LEFT, ClosedAs.TOO_NEAR])
def test_a_slot_that_nobody_else_wanted_is_theirs(closed_as: ClosedAs) -> None:
    slot = closed_after("Ana", closed_as)
    slot.yes("Ana")
    assert slot.stage is Stage.HOLDING
    assert slot.slot.closed_as is None
    assert slot.offer("Ana").status is OfferStatus.ACCEPTED
    assert slot.wanted == (CreatePayment,)
    slot.link_is_ready("Ana")
    slot.pays("Ana")
    assert slot.stage is Stage.RECOVERED


@pytest.mark.parametrize("closed_as", [ClosedAs.STOPPED, ClosedAs.SOLD_BY_HAND, ClosedAs.CANNOT_CHARGE])
def test_a_slot_that_staff_closed_is_not(closed_as: ClosedAs) -> None:
    slot = closed_after("Ana", closed_as)
    slot.yes("Ana")
    assert (slot.stage, slot.texts) == (Stage.CLOSED, [(TextKind.TOO_LATE, id_of("Ana"))])


@pytest.mark.parametrize("obstacle", ["busy", "taken", "started"])
def test_nor_is_one_that_they_cannot_have(obstacle: str) -> None:
    slot = closed_after("Ana", ClosedAs.NOBODY_LEFT)
    if obstacle == "busy":
        slot.busy.add(id_of("Ana"))
    elif obstacle == "taken":
        slot.sold_meanwhile()
    else:
        slot.now = slot.slot.starts_at
    slot.yes("Ana")
    assert (slot.stage, slot.texts) == (Stage.CLOSED, [(TextKind.TOO_LATE, id_of("Ana"))])


def test_while_the_search_waits_it_is_theirs() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.run_out("Ana")
    slot.happens(ev.NobodyAskableYet(slot.now + timedelta(hours=3), "The next customer has quiet hours now."))
    slot.later(minutes=20).yes("Ana")
    assert slot.stage is Stage.HOLDING


def test_a_late_yes_waits_for_the_search_for_another_customer() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.run_out("Ana")
    slot.yes("Ana")
    assert (slot.stage, slot.texts) == (Stage.LOOKING, [(TextKind.NEXT_IN_LINE, id_of("Ana"))])
    slot.take_up_late_yes()
    assert slot.stage is Stage.HOLDING


def test_once_it_is_too_late_to_ask_anybody_else_it_counts() -> None:
    slot = an_open_slot(starts_in=timedelta(minutes=40)).offer_to("Ana").later(minutes=16)
    slot.yes("Ana")
    assert slot.stage is Stage.HOLDING


def test_an_adaptive_window_is_stored_and_counts_from_the_text() -> None:
    slot = an_open_slot(starts_in=timedelta(minutes=147), policy=ADAPTIVE)
    slot.ask("Ana")
    assert slot.offer("Ana").window == timedelta(minutes=4)
    slot.policy = Policy()
    slot.later(minutes=2).text_leaves("Ana")
    assert slot.offer("Ana").expires_at == slot.now + timedelta(minutes=4)
