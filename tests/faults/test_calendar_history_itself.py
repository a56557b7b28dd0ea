"""The comparison at the end of a random history distinguishes a conflict in the calendar from a lost change."""

from __future__ import annotations

import pytest

from tests.faults.calendar_history import disagreements
from tests.faults.calendar_situations import booked, connected
from tests.world import World

pytestmark = pytest.mark.quick


def test_a_booking_moved_onto_another_one_is_not_a_disagreement_until_that_one_is_gone(world: World) -> None:
    """The calendar has two bookings at one time. Our appointment stays at its old time, and staff are notified."""
    salon = booked(connected(world, "google"))
    other = salon.books("Walk In", hours=48)
    salon.syncs()
    salon.moves(salon.nora, hours=48)
    salon.syncs()
    assert salon.appointment(salon.nora).starts_at == salon.at(24)
    assert disagreements(salon) == []
    # Without the other appointment, the reason no longer applies.
    world.rows("UPDATE appointments SET status = 'settled' WHERE external_id = :id", id=other)
    assert len(disagreements(salon)) == 2
