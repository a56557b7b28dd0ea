"""The search for the next customer, and its end when no customer is left."""

from datetime import timedelta

import pytest

from domain import events as ev
from domain.effects import AskNext, CreatePayment
from domain.policy import Policy
from domain.recovery import Stage
from domain.state import ClosedAs, OfferStatus, SlotStatus
from domain.templates import TextKind
from tests.domain.simulated import SimulatedRecovery, an_open_slot, id_of


def test_the_next_customer_is_asked_with_one_text() -> None:
    slot = an_open_slot()
    slot.ask("Ana")
    assert slot.stage is Stage.OFFERING
    assert slot.offer("Ana").status is OfferStatus.PENDING
    assert slot.texts == [(TextKind.OFFER, id_of("Ana"))]


def test_an_offer_has_a_deadline_before_its_text_has_left() -> None:
    slot = an_open_slot(policy=Policy(offer_window=timedelta(minutes=10)))
    slot.ask("Ana")
    assert slot.offer("Ana").expires_at == slot.now + timedelta(minutes=10)


def test_no_window_ends_after_the_start() -> None:
    slot = an_open_slot(starts_in=timedelta(minutes=5), policy=Policy(min_notice=timedelta(0)))
    slot.ask("Ana")
    assert slot.offer("Ana").expires_at == slot.slot.starts_at


def test_a_customer_is_asked_at_the_very_end_of_asking() -> None:
    slot = an_open_slot(starts_in=timedelta(minutes=30))
    slot.ask("Ana")
    assert slot.stage is Stage.OFFERING


def test_nobody_is_asked_a_moment_after_the_end_of_asking() -> None:
    slot = an_open_slot(starts_in=timedelta(minutes=30)).later(microseconds=1)
    slot.ask("Ana")
    assert (slot.stage, slot.slot.closed_as) == (Stage.CLOSED, ClosedAs.TOO_NEAR)
    assert slot.texts == []


def test_nobody_is_asked_for_a_time_that_was_sold_otherwise() -> None:
    slot = an_open_slot().sold_meanwhile()
    slot.ask("Ana")
    assert (slot.stage, slot.slot.closed_as) == (Stage.CLOSED, ClosedAs.SOLD_BY_HAND)
    assert slot.texts == []


def test_a_slot_that_no_customer_can_have_is_closed_and_the_staff_are_notified() -> None:
    slot = an_open_slot()
    decision = slot.happens(ev.NobodyLeft("No customer is left to ask."))
    assert (slot.stage, slot.slot.closed_as) == (Stage.CLOSED, ClosedAs.NOBODY_LEFT)
    assert slot.slot.status is SlotStatus.EXPIRED
    assert [type(e).__name__ for e in decision.effects] == ["NotifyStaff"]


def test_a_slot_waits_for_those_who_can_be_asked_later() -> None:
    slot = an_open_slot()
    retry_at = slot.now + timedelta(hours=3)
    slot.happens(ev.NobodyAskableYet(retry_at, "The next customer has quiet hours now."))
    assert slot.stage is Stage.LOOKING
    assert slot.slot.next_search_at == retry_at


def test_a_late_yes_gets_the_slot_once_it_comes_free_again() -> None:
    slot = a_slot_whose_late_yes_is("Ana", held_by="Ben")
    slot.no("Ben")
    slot.payment_cancelled("Ben")
    slot.take_up_late_yes()
    assert slot.stage is Stage.HOLDING
    assert slot.booking("Ana").live
    assert slot.offer("Ana").status is OfferStatus.ACCEPTED
    assert slot.wanted == (CreatePayment,)


def test_a_late_yes_is_taken_up_once() -> None:
    slot = a_slot_whose_late_yes_is("Ana", held_by="Ben")
    slot.no("Ben")
    slot.payment_cancelled("Ben")
    slot.take_up_late_yes()
    slot.payment_cancelled("Ana")
    slot.take_up_late_yes()
    assert slot.stage is Stage.LOOKING


def test_a_late_yes_without_a_deposit_is_booked_at_once() -> None:
    slot = an_open_slot(deposit=0).offer_to("Ana").later(minutes=15)
    slot.yes("Ana")
    slot.offer_to("Ben").later(minutes=1)
    slot.no("Ben")
    slot.take_up_late_yes()
    assert slot.stage is Stage.RECOVERED
    assert slot.texts == [(TextKind.BOOKED_WITHOUT_DEPOSIT, id_of("Ana"))]


def test_a_yes_that_is_late_counts_when_nobody_else_can_be_asked() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.yes("Ana")
    slot.take_up_late_yes()
    assert slot.stage is Stage.HOLDING


@pytest.mark.parametrize("obstacle", ["busy", "taken", "started"])
def test_a_late_yes_that_can_not_be_kept_changes_nothing(obstacle: str) -> None:
    slot = a_slot_whose_late_yes_is("Ana", held_by="Ben")
    slot.no("Ben")
    slot.payment_cancelled("Ben")
    if obstacle == "busy":
        slot.busy.add(id_of("Ana"))
    elif obstacle == "taken":
        slot.sold_meanwhile()
    else:
        slot.now = slot.slot.starts_at
    slot.take_up_late_yes()
    assert slot.stage is Stage.LOOKING
    assert slot.wanted == ()


def test_after_a_release_the_late_yes_is_first_in_line() -> None:
    slot = a_slot_whose_late_yes_is("Ana", held_by="Ben")
    slot.no("Ben")
    slot.payment_cancelled("Ben")
    assert slot.wanted == (AskNext,)
    waiting = slot.first_late_yes()
    assert waiting is not None
    assert waiting.customer_id == id_of("Ana")


def a_slot_whose_late_yes_is(name: str, *, held_by: str) -> SimulatedRecovery:
    """Returns a slot that `held_by` holds and that `name` accepted too late."""
    slot = an_open_slot().offer_to(name).later(minutes=15)
    slot.yes(name)
    return slot.held_by(held_by).later(minutes=1)
