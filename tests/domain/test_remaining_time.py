"""The remaining time of a slot is offered once a shorter appointment is booked, and never before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import events as ev
from domain.effects import OpenRemainingTime
from domain.policy import Policy
from domain.state import ClosedAs, SlotStatus
from tests.domain.simulated import SimulatedRecovery, an_open_slot, id_of

HALF, SELLS = timedelta(minutes=30), Policy(sell_rest=True)


def a_long_slot(*, policy: Policy = SELLS, deposit: int = 0, shortest: timedelta | None = HALF) -> SimulatedRecovery:
    """Returns a slot of one hour in a shop whose shortest service takes `shortest`."""
    made = an_open_slot(policy=policy, deposit=deposit)
    made.slot = replace(made.slot, shortest_service=shortest)
    return made


def asked_for(slot: SimulatedRecovery, name: str, length: timedelta | None) -> SimulatedRecovery:
    slot.happens(ev.CustomerChosen(id_of(f"offer {name}"), id_of(name), length=length))
    slot.text_leaves(name)
    return slot


def opened(slot: SimulatedRecovery) -> list[OpenRemainingTime]:
    return [effect for effect in slot.effects if isinstance(effect, OpenRemainingTime)]


def test_the_remaining_time_is_offered_when_a_shorter_service_is_booked() -> None:
    slot = asked_for(a_long_slot(), "Ana", HALF)
    ends_at = slot.slot.ends_at
    slot.yes("Ana")
    assert opened(slot) == [OpenRemainingTime(ends_at - HALF, ends_at)]
    assert slot.slot.ends_at == slot.booking("Ana").ends_at == ends_at - HALF


def test_with_a_deposit_it_waits_until_the_deposit_is_paid() -> None:
    slot = asked_for(a_long_slot(deposit=2000), "Ana", HALF)
    slot.yes("Ana")
    slot.link_is_ready("Ana")
    assert opened(slot) == []
    slot.pays("Ana")
    assert len(opened(slot)) == 1


def test_a_hold_that_ends_leaves_the_whole_slot() -> None:
    slot = asked_for(a_long_slot(deposit=2000), "Ana", HALF)
    ends_at = slot.slot.ends_at
    slot.yes("Ana")
    slot.no("Ana")
    slot.payment_cancelled("Ana")
    assert (slot.slot.status, slot.slot.ends_at, opened(slot)) == (SlotStatus.OPEN, ends_at, [])


@pytest.mark.parametrize(
    ("policy", "shortest", "length"),
    [
        (Policy(), HALF, HALF),
        (SELLS, None, HALF),
        (SELLS, timedelta(minutes=45), HALF),
        (SELLS, HALF, None),
        (SELLS, HALF, timedelta(hours=1)),
    ],
    ids=["the shop does not", "no service", "none fits", "the whole slot is wanted", "nothing is left"],
)
def test_else_the_booking_takes_the_whole_slot(
    policy: Policy, shortest: timedelta | None, length: timedelta | None
) -> None:
    slot = asked_for(a_long_slot(policy=policy, shortest=shortest), "Ana", length)
    ends_at = slot.slot.ends_at
    slot.yes("Ana")
    assert slot.booking("Ana").ends_at == slot.slot.ends_at == ends_at
    assert opened(slot) == []


def test_a_late_yes_to_the_whole_slot_comes_too_late_once_a_part_is_sold() -> None:
    slot = asked_for(a_long_slot(), "Ben", None)
    slot.no("Ben")
    asked_for(slot, "Ana", HALF).yes("Ana")
    slot.cancels_booking("Ana")
    slot.happens(ev.NobodyLeft("No customer is left to ask."))
    assert slot.slot.closed_as is ClosedAs.NOBODY_LEFT
    slot.yes("Ben")
    assert slot.slot.status is SlotStatus.EXPIRED
    assert "Ben" not in {booking.customer_id for booking in slot.bookings.values()}
