"""The estimate of how many more slots would have been filled with a shorter window."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.what_if import ShopHistory, what_if

USUAL = ShopHistory(
    ended=120, accepted=13, closed=21, asked_when_lost=[4] * 9, customers=60, window_minutes=15, least_minutes=3
)


def test_more_customers_asked_in_the_same_time_fill_more() -> None:
    found = what_if(USUAL)
    assert found is not None
    assert 3 <= found.window_minutes < 15
    assert found.closed == 21
    assert 1 <= found.low <= found.filled <= found.high <= 9


def test_fewer_than_fifty_offers_say_nothing() -> None:
    assert what_if(replace(USUAL, ended=49, accepted=6)) is None
    assert what_if(replace(USUAL, ended=50, accepted=6)) is not None


def test_a_shop_that_lost_no_slot_for_lack_of_time_gains_nothing() -> None:
    assert what_if(replace(USUAL, asked_when_lost=[])) is None


def test_a_shop_that_asked_every_customer_gains_nothing() -> None:
    assert what_if(replace(USUAL, customers=4)) is None


def test_a_shop_at_its_shortest_window_gains_nothing() -> None:
    assert what_if(replace(USUAL, window_minutes=3)) is None


def test_few_offers_make_the_estimate_less_certain() -> None:
    few, many = what_if(replace(USUAL, ended=60, accepted=6)), what_if(replace(USUAL, ended=6000, accepted=600))
    assert few is not None
    assert many is not None
    assert few.high - few.low >= many.high - many.low


@given(
    st.integers(0, 500),
    st.integers(0, 500),
    st.lists(st.integers(1, 30), max_size=40),
    st.integers(0, 200),
    st.integers(1, 60),
    st.integers(1, 60),
)
def test_any_history_gives_a_possible_number(
    ended: int, accepted: int, lost: list[int], customers: int, window: int, least: int
) -> None:
    history = ShopHistory(
        ended=max(ended, accepted),
        accepted=accepted,
        closed=len(lost) + 3,
        asked_when_lost=lost,
        customers=customers,
        window_minutes=window,
        least_minutes=least,
    )
    found = what_if(history)
    if found is not None:
        assert found.low <= found.filled <= max(found.high, 1) <= len(lost)
        assert least <= found.window_minutes < window
