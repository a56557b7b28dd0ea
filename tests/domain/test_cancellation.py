"""Tests which appointments may be cancelled, and whether the freed time is sold again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from domain.cancellation import BY_STATUS, REFUSALS, AppointmentFacts, Verdict, judge, why_not_sold_again
from domain.policy import Policy
from domain.state import BookingStatus

NOW = datetime(2030, 5, 6, 9, tzinfo=UTC)
BOOKED = AppointmentFacts(
    status=BookingStatus.BOOKED, starts_at=NOW + timedelta(hours=1), payment_required=True, paid=True
)
CANCELLED = replace(BOOKED, status=BookingStatus.CANCELLED, was=BookingStatus.BOOKED)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (BookingStatus.BOOKED, Verdict.CANCEL),
        (BookingStatus.PENDING_PAYMENT, Verdict.CANCEL_PAYMENT_FIRST),
        (BookingStatus.CANCELLED, Verdict.ALREADY_CANCELLED),
        (BookingStatus.SETTLED, Verdict.OVER),
        (BookingStatus.VOIDED, Verdict.OVER),
    ],
)
def test_each_status_has_its_verdict(status: BookingStatus, verdict: Verdict) -> None:
    assert judge(replace(BOOKED, status=status), now=NOW) is verdict


def test_no_status_is_without_a_verdict() -> None:
    assert set(BY_STATUS) == set(BookingStatus)


@pytest.mark.parametrize("status", [BookingStatus.BOOKED, BookingStatus.PENDING_PAYMENT])
def test_an_appointment_that_starts_now_cannot_be_cancelled(status: BookingStatus) -> None:
    begun = replace(BOOKED, status=status, starts_at=NOW)
    assert judge(begun, now=NOW) is Verdict.TOO_LATE
    assert judge(begun, now=NOW - timedelta(microseconds=1)) is not Verdict.TOO_LATE


def test_a_repeat_is_welcome_even_after_the_start() -> None:
    past = replace(CANCELLED, starts_at=NOW - timedelta(days=1))
    assert judge(past, now=NOW) not in REFUSALS


def test_a_refusal_says_why_in_a_sentence() -> None:
    assert all(verdict.value.endswith(".") for verdict in REFUSALS)


def test_a_paid_cancelled_appointment_is_sold_again() -> None:
    assert why_not_sold_again(CANCELLED, now=NOW, policy=Policy()) is None


def test_one_that_needed_no_payment_is_sold_again() -> None:
    free = replace(CANCELLED, payment_required=False, paid=False)
    assert why_not_sold_again(free, now=NOW, policy=Policy()) is None


def test_one_cancelled_from_outside_counts_by_its_payment_alone() -> None:
    assert why_not_sold_again(replace(CANCELLED, was=None), now=NOW, policy=Policy()) is None


@pytest.mark.parametrize(
    ("appointment", "policy"),
    [
        (BOOKED, Policy()),
        (replace(CANCELLED, starts_at=NOW), Policy()),
        (CANCELLED, Policy(recovery_enabled=False)),
        (replace(CANCELLED, paid=False), Policy()),
        (replace(CANCELLED, was=BookingStatus.PENDING_PAYMENT), Policy()),
    ],
    ids=["still stands", "past", "switched off", "never paid", "never confirmed"],
)
def test_a_time_that_is_not_sold_again_has_a_reason(appointment: AppointmentFacts, policy: Policy) -> None:
    why_not = why_not_sold_again(appointment, now=NOW, policy=policy)
    assert why_not is not None
    assert why_not.endswith(".")


@pytest.mark.parametrize(
    "unpaid", [replace(CANCELLED, paid=False), replace(CANCELLED, was=BookingStatus.PENDING_PAYMENT, paid=False)]
)
def test_a_shop_may_want_unpaid_ones_sold_again_as_well(unpaid: AppointmentFacts) -> None:
    assert why_not_sold_again(unpaid, now=NOW, policy=Policy(recover_unpaid=True)) is None


def test_only_cancelled_ones_are_ever_sold_again() -> None:
    for status, required, paid in product(BookingStatus, [True, False], [True, False]):
        appointment = replace(BOOKED, status=status, payment_required=required, paid=paid)
        if status is not BookingStatus.CANCELLED:
            assert why_not_sold_again(appointment, now=NOW, policy=Policy(recover_unpaid=True))
