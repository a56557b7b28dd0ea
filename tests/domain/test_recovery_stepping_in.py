"""Cancellations of appointments, and staff actions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import events as ev
from domain.effects import AskNext
from domain.recovery import Stage
from domain.state import ClosedAs, OfferStatus, SlotStatus
from domain.templates import TextKind
from tests.domain.simulated import an_open_slot, id_of


def test_a_recovered_booking_that_is_cancelled_opens_the_slot_again() -> None:
    slot = an_open_slot().recovered_by("Ana")
    slot.cancels_booking("Ana")
    assert (slot.stage, slot.slot.status, slot.wanted) == (Stage.LOOKING, SlotStatus.OPEN, (AskNext,))


def test_a_closed_slot_opens_again_with_a_cancellation() -> None:
    slot = an_open_slot()
    slot.happens(ev.NobodyLeft("No customer is left to ask."))
    slot.happens(ev.AppointmentCancelled())
    assert (slot.stage, slot.slot.closed_as) == (Stage.LOOKING, None)


def test_a_cancellation_too_near_the_start_opens_nothing() -> None:
    slot = an_open_slot(starts_in=timedelta(minutes=40)).recovered_by("Ana").later(minutes=11)
    slot.cancels_booking("Ana")
    assert (slot.stage, slot.wanted) == (Stage.CLOSED, ())


def test_a_cancellation_of_another_customer_does_not_change_a_booked_slot() -> None:
    slot = an_open_slot().recovered_by("Ana")
    slot.happens(ev.AppointmentCancelled())
    assert (slot.stage, slot.wanted) == (Stage.RECOVERED, ())


@pytest.mark.parametrize("stage", [Stage.LOOKING, Stage.OFFERING, Stage.HOLDING])
def test_the_same_cancellation_again_changes_nothing(stage: Stage) -> None:
    slot = an_open_slot()
    if stage is Stage.OFFERING:
        slot.offer_to("Ana")
    if stage is Stage.HOLDING:
        slot.held_by("Ana")
    slot.happens(ev.AppointmentCancelled())
    assert (slot.stage, slot.wanted) == (stage, ())


def test_staff_may_go_on_to_the_next_customer() -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.happens(ev.NextAskedByHand())
    assert slot.offer("Ana").status is OfferStatus.EXPIRED
    assert (slot.stage, slot.wanted) == (Stage.LOOKING, (AskNext,))


def test_staff_may_wake_a_slot_that_waits() -> None:
    slot = an_open_slot()
    slot.happens(ev.NobodyAskableYet(slot.now + timedelta(hours=3), "The next one in line has quiet hours now."))
    slot.happens(ev.NextAskedByHand())
    assert slot.wanted == (AskNext,)


@pytest.mark.parametrize(
    ("event", "closed_as"), [(ev.SearchStopped(), ClosedAs.STOPPED), (ev.SoldByHand(), ClosedAs.SOLD_BY_HAND)]
)
@pytest.mark.parametrize("asked", [False, True])
def test_staff_may_end_the_search(event: ev.Event, closed_as: ClosedAs, asked: bool) -> None:
    slot = an_open_slot()
    if asked:
        slot.offer_to("Ana")
    slot.happens(event)
    assert (slot.stage, slot.slot.closed_as, slot.wanted) == (Stage.CLOSED, closed_as, ())
    assert not any(offer.live for offer in slot.offers.values())


def test_a_yes_after_staff_stopped_comes_too_late() -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.happens(ev.SearchStopped())
    slot.yes("Ana")
    assert (slot.stage, slot.texts) == (Stage.CLOSED, [(TextKind.TOO_LATE, id_of("Ana"))])


@pytest.mark.parametrize("event", [ev.NextAskedByHand(), ev.SearchStopped(), ev.SoldByHand()])
def test_nobody_takes_a_hold_away_from_a_customer_who_may_be_paying(event: ev.Event) -> None:
    slot = an_open_slot().held_by("Ana")
    slot.happens(event)
    assert (slot.stage, slot.wanted) == (Stage.HOLDING, ())


def test_an_offer_left_over_on_a_closed_slot_ends_when_the_slot_opens_again() -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.slot = replace(slot.slot, status=SlotStatus.EXPIRED)
    slot.happens(ev.StartedAgain())
    assert (slot.stage, slot.wanted) == (Stage.LOOKING, (AskNext,))


def test_staff_may_start_again() -> None:
    slot = an_open_slot()
    slot.happens(ev.SearchStopped())
    slot.happens(ev.StartedAgain())
    assert (slot.stage, slot.slot.status, slot.wanted) == (Stage.LOOKING, SlotStatus.OPEN, (AskNext,))


def test_nobody_starts_what_begins_too_soon() -> None:
    slot = an_open_slot(starts_in=timedelta(hours=1))
    slot.happens(ev.SearchStopped())
    slot.later(minutes=31).happens(ev.StartedAgain())
    assert (slot.stage, slot.slot.closed_as) == (Stage.CLOSED, ClosedAs.TOO_NEAR)


def test_nobody_starts_what_is_sold() -> None:
    slot = an_open_slot()
    slot.happens(ev.SearchStopped())
    slot.sold_meanwhile().happens(ev.StartedAgain())
    assert (slot.stage, slot.slot.closed_as) == (Stage.CLOSED, ClosedAs.SOLD_BY_HAND)
