"""Tests which later appointments may be moved to an earlier slot, and why the other appointments may not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.move_up import LaterBooking, NotMoved, booking_to_move, why_not_moved
from domain.policy import Policy
from domain.wishes import SlotTime

NOW = datetime(2030, 5, 6, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
CUT, COLOUR, LOU, KIM = (UUID(int=number) for number in range(1, 5))
SLOT = SlotTime(
    starts_at=NOW + timedelta(days=1),
    local_start=datetime(2030, 5, 7, 9),  # noqa: DTZ001 - the shop's local time
    length=HOUR,
    performer_id=LOU,
    service_id=CUT,
    service="Cut",
)
UNKNOWN = replace(SLOT, service_id=None, service=None)
FRIDAY = LaterBooking(
    id=UUID(int=9),
    starts_at=SLOT.starts_at + timedelta(days=3),
    length=HOUR,
    performer_id=LOU,
    service_id=CUT,
    service="Cut",
)
BARE = replace(FRIDAY, service_id=None, service=None)
MOVES = Policy(move_up=True)

REFUSED = {
    NotMoved.OFF: (FRIDAY, SLOT, Policy()),
    NotMoved.CHAIN_ENDED: (FRIDAY, replace(SLOT, chain_depth=3), MOVES),
    NotMoved.TOO_FAR: (replace(FRIDAY, starts_at=SLOT.starts_at + timedelta(days=30, seconds=1)), SLOT, MOVES),
    NotMoved.OTHER_PERFORMER: (replace(FRIDAY, performer_id=KIM), SLOT, MOVES),
    NotMoved.SERVICE_UNKNOWN: (BARE, SLOT, MOVES),
    NotMoved.OTHER_SERVICE: (replace(FRIDAY, service_id=COLOUR), SLOT, MOVES),
    NotMoved.OTHER_LENGTH: (replace(BARE, length=HOUR / 2), UNKNOWN, MOVES),
    NotMoved.BEING_PAID: (replace(FRIDAY, being_paid=True), SLOT, MOVES),
    NotMoved.BEING_MOVED: (replace(FRIDAY, being_moved=True), SLOT, MOVES),
    NotMoved.MOVED_LATELY: (replace(FRIDAY, moved_at=NOW - timedelta(days=6)), SLOT, MOVES),
}
MOVED = {
    "the same service": (FRIDAY, SLOT),
    "a service of the same name": (replace(FRIDAY, service_id=None), SLOT),
    "the same length where no service is known": (BARE, UNKNOWN),
    "anybody's appointment": (replace(FRIDAY, performer_id=None), SLOT),
    "moved a week ago": (replace(FRIDAY, moved_at=NOW - timedelta(days=7)), SLOT),
    "the third in a row": (FRIDAY, replace(SLOT, chain_depth=2)),
    "thirty days later": (replace(FRIDAY, starts_at=SLOT.starts_at + timedelta(days=30)), SLOT),
}


def test_every_reason_is_tried_here() -> None:
    assert set(REFUSED) == set(NotMoved)


@pytest.mark.parametrize("reason", REFUSED)
def test_an_appointment_stays_for_its_reason(reason: NotMoved) -> None:
    booking, slot, policy = REFUSED[reason]
    assert why_not_moved(booking, slot, now=NOW, policy=policy) is reason


@pytest.mark.parametrize("case", MOVED)
def test_an_appointment_is_moved(case: str) -> None:
    booking, slot = MOVED[case]
    assert why_not_moved(booking, slot, now=NOW, policy=MOVES) is None


def test_the_next_of_several_appointments_is_moved() -> None:
    later = replace(FRIDAY, id=UUID(int=8), starts_at=FRIDAY.starts_at + timedelta(days=7))
    assert booking_to_move([later, FRIDAY], SLOT, now=NOW, policy=MOVES) == FRIDAY
