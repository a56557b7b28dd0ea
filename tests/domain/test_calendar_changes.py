"""Tests how a booking that is read from a calendar changes its appointment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.calendars.changes import Change, Mirrored, change_of
from domain.calendars.source_booking import SourceBooking, SourceStatus, SourceThing
from domain.state import BookingStatus

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
AT = NOW + timedelta(days=1)
NORA, BEN = UUID(int=1), UUID(int=2)
THERE = SourceBooking(
    external_id="b1",
    status=SourceStatus.BOOKED,
    starts_at=AT,
    ends_at=AT + timedelta(hours=1),
    staff=SourceThing("7", "Lou"),
)
HERE = Mirrored(
    status=BookingStatus.BOOKED, starts_at=AT, ends_at=AT + timedelta(hours=1), customer_id=NORA, staff_id="7"
)
LATER = {"starts_at": AT + timedelta(hours=3), "ends_at": AT + timedelta(hours=4)}


def seen(here=HERE, *, customer_id=NORA, **there):
    return change_of(here, replace(THERE, **there), customer_id=customer_id, now=NOW)


@pytest.mark.parametrize(
    ("there", "change"),
    [
        ({}, Change.NOTHING),
        (LATER, Change.MOVED),
        ({"ends_at": AT + timedelta(hours=2)}, Change.MOVED),
        ({"staff": SourceThing("8")}, Change.MOVED),
        ({"status": SourceStatus.CANCELLED, "starts_at": None, "ends_at": None}, Change.CANCELLED),
        ({"status": SourceStatus.WAITING}, Change.NOTHING),
        ({"status": SourceStatus.NO_SHOW}, Change.NO_SHOW),
        ({"status": SourceStatus.NO_APPOINTMENT}, Change.WITHDRAWN),
        ({"status": SourceStatus.CANCELLED, "followed_by": "b2"}, Change.FOLLOWED),
    ],
)
def test_a_live_appointment_follows_its_booking(there, change):
    assert seen(**there) is change


def test_another_customer_takes_the_appointment_over():
    assert seen(customer_id=BEN) is Change.OTHER_CUSTOMER
    assert seen(customer_id=None) is Change.NOTHING


def test_the_name_in_a_booking_of_ours_does_not_count():
    assert seen(customer_id=BEN, our_id="x") is Change.NOTHING


def test_the_calendar_decides_the_performer_of_our_booking():
    assert seen(our_id="x", staff=SourceThing("8")) is Change.NOTHING


def test_a_member_of_staff_known_to_one_side_only_is_not_a_move():
    assert seen(replace(HERE, staff_id=None)) is Change.NOTHING
    assert seen(staff=None) is Change.NOTHING


def test_an_unknown_booking_is_new_only_if_it_is_to_come():
    assert seen(None) is Change.NEW
    assert seen(None, starts_at=NOW, ends_at=AT) is Change.NOTHING
    assert [seen(None, status=status) for status in SourceStatus if status is not SourceStatus.BOOKED] == [
        Change.NOTHING
    ] * 4


def test_a_booking_cancelled_in_the_calendar_and_booked_again_is_new():
    ended = replace(HERE, status=BookingStatus.CANCELLED, cancelled_by="calendar")
    assert seen(ended) is Change.NEW


def test_an_appointment_cancelled_here_is_cancelled_in_the_calendar():
    ended = replace(HERE, status=BookingStatus.CANCELLED, cancelled_by="customer")
    assert seen(ended) is Change.CANCEL_THERE
    assert seen(ended, status=SourceStatus.CANCELLED) is Change.NOTHING


@pytest.mark.parametrize("status", [BookingStatus.SETTLED, BookingStatus.VOIDED])
def test_a_finished_appointment_stays_finished(status):
    assert seen(replace(HERE, status=status), **LATER) is Change.NOTHING


def test_the_fingerprint_distinguishes_every_field():
    others = [replace(THERE, **LATER), replace(THERE, status=SourceStatus.CANCELLED), replace(THERE, price_cents=1)]
    assert len({one.fingerprint for one in [THERE, replace(THERE), *others]}) == 4


@pytest.mark.parametrize("minutes", [0, -30])
def test_an_event_without_a_length_is_not_an_appointment(minutes):
    """A constraint would refuse the row, and later events would not be read."""
    nothing = {"ends_at": HERE.starts_at + timedelta(minutes=minutes)}
    assert seen(None, starts_at=HERE.starts_at, **nothing) is Change.NOTHING
    assert seen(starts_at=HERE.starts_at, **nothing) is Change.NOTHING
    ended = replace(HERE, status=BookingStatus.CANCELLED, cancelled_by="calendar")
    assert seen(ended, starts_at=HERE.starts_at, **nothing) is Change.NOTHING
