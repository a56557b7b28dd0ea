"""The adaptive window: the formula, its limits and the effect of quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pace import MOST_TIME, NO_HISTORY, OfferHistory, Pace, acceptance_rate, adaptive_window, offers_needed
from domain.policy import Policy, offer_window
from domain.quiet_hours import quiet_until, time_outside

NINE = datetime(2030, 5, 6, 9, tzinfo=UTC)
EVENING = datetime(2030, 5, 6, 20, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LEAST, MOST = 3 * MINUTE, 15 * MINUTE


def window(left: timedelta, history: OfferHistory = NO_HISTORY) -> timedelta:
    return adaptive_window(left, history, least=LEAST, most=MOST)


def test_a_new_shop_has_the_published_rate() -> None:
    assert acceptance_rate(OfferHistory()) == pytest.approx(0.11)


def test_the_shops_own_rate_counts_more_the_more_offers_there_are() -> None:
    few, many = acceptance_rate(OfferHistory(10, 5)), acceptance_rate(OfferHistory(300, 150))
    assert 0.11 < few < many < 0.5


@pytest.mark.parametrize(("rate", "needed"), [(0.11, 26), (0.5, 5), (0.95, 1), (1.0, 1)])
def test_so_many_offers_are_needed(rate: float, needed: int) -> None:
    assert offers_needed(rate) == needed


def test_the_window_is_the_time_left_divided_by_the_offers_needed() -> None:
    assert window(104 * MINUTE) == 4 * MINUTE
    assert window(77 * MINUTE, OfferHistory(100, 30)) == 7 * MINUTE


def test_it_is_never_shorter_or_longer_than_the_shop_allows() -> None:
    assert window(20 * MINUTE) == LEAST
    assert window(48 * HOUR, OfferHistory(200, 150)) == MOST
    assert adaptive_window(2 * HOUR, OfferHistory(), least=20 * MINUTE, most=MOST) == MOST


def test_a_shop_whose_customers_say_yes_often_gives_them_more_time() -> None:
    assert window(2 * HOUR, OfferHistory(100, 30)) > window(2 * HOUR)


def test_plenty_of_time_does_not_lengthen_the_window() -> None:
    assert window(MOST_TIME) == window(24 * HOUR)


@given(st.integers(0, 500), st.integers(0, 500), st.timedeltas(timedelta(), timedelta(days=30)))
def test_any_history_and_any_time_give_a_window_in_whole_minutes(ended: int, yes: int, left: timedelta) -> None:
    found = window(left, OfferHistory(max(ended, yes), yes))
    assert LEAST <= found <= MOST
    assert found % MINUTE == timedelta()


def test_a_fixed_pace_is_the_shops_window_whatever_time_is_left() -> None:
    assert offer_window(Policy(), now=NINE, starts_at=NINE + HOUR) == MOST


def test_an_adaptive_pace_counts_to_the_cut_off() -> None:
    policy = Policy(pace=Pace.ADAPTIVE, min_notice=30 * MINUTE)
    assert offer_window(policy, now=NINE, starts_at=NINE + 30 * MINUTE + 104 * MINUTE) == 4 * MINUTE


def test_quiet_hours_are_taken_out_of_the_time_left() -> None:
    """At 20:30, half an hour is left today and one hour is left tomorrow, until 09:30. Eleven offers are needed."""
    policy = Policy(pace=Pace.ADAPTIVE, history=OfferHistory(100, 30))
    assert offer_window(policy, now=EVENING, starts_at=EVENING + 13 * HOUR) == 8 * MINUTE


def test_the_hours_are_those_of_the_shops_zone() -> None:
    policy = Policy(pace=Pace.ADAPTIVE, history=OfferHistory(100, 30), timezone="America/New_York")
    assert offer_window(policy, now=EVENING, starts_at=EVENING + 13 * HOUR) == 9 * MINUTE


@given(
    st.integers(0, 230 * 24 * 60),
    st.integers(0, 40 * 60),
    st.sampled_from([(time(21), time(8)), (time(13), time(15)), (time(0), time(7)), (None, None), (None, time(9))]),
    st.sampled_from(["Europe/London", "America/New_York", "UTC"]),
)
def test_the_time_outside_is_what_minute_by_minute_is_not_quiet(
    after: int, minutes: int, quiet: tuple[time | None, time | None], zone: str
) -> None:
    begins = datetime(2030, 3, 25, tzinfo=UTC) + after * MINUTE
    hours = {"zone": zone, "quiet_from": quiet[0], "quiet_until": quiet[1]}
    steps = range(0, minutes, 15)
    awake = sum(quiet_until(begins + step * MINUTE, phone=None, **hours) is None for step in steps)  # type: ignore[arg-type]
    found = time_outside(begins, begins + len(steps) * 15 * MINUTE, most=timedelta(days=9), **hours)  # type: ignore[arg-type]
    assert abs(found - awake * 15 * MINUTE) <= 60 * MINUTE


def test_a_time_that_is_over_leaves_nothing() -> None:
    assert time_outside(NINE, NINE - HOUR, zone="UTC", quiet_from=None, quiet_until=None, most=HOUR) == timedelta()
    assert (
        time_outside(NINE, NINE - HOUR, zone="UTC", quiet_from=time(21), quiet_until=time(8), most=HOUR)
        == timedelta()
    )
