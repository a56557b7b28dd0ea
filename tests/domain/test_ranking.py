"""The order in which customers are asked."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.ranking import rank
from domain.wishes import Wish

MAY = datetime(2030, 5, 6, 9, tzinfo=UTC)
ANA, BEN, CARA = UUID(int=1), UUID(int=2), UUID(int=3)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - aware


def test_the_most_recent_visitor_is_asked_first() -> None:
    assert asked({ANA: MAY - timedelta(days=9), BEN: MAY - timedelta(days=2), CARA: MAY - timedelta(days=5)}) == [
        BEN,
        CARA,
        ANA,
    ]


def test_those_who_were_never_here_come_last() -> None:
    assert asked({ANA: None, BEN: MAY - timedelta(days=3000)}) == [BEN, ANA]


def test_of_two_alike_the_smaller_id_is_first_so_that_the_order_is_always_the_same() -> None:
    assert asked({CARA: MAY, ANA: MAY, BEN: None}) == [ANA, CARA, BEN]


@given(st.dictionaries(st.uuids(), st.none() | MOMENTS, max_size=8))
def test_the_order_is_that_of_the_database(settled: dict[UUID, datetime | None]) -> None:
    known = sorted((c for c in settled if settled[c]), key=lambda c: c.bytes)
    by_time = sorted(known, key=lambda c: settled[c] or MAY, reverse=True)
    unknown = sorted((c for c in settled if not settled[c]), key=lambda c: c.bytes)
    assert asked(settled) == [*by_time, *unknown]


def test_a_microsecond_decides() -> None:
    assert asked({ANA: MAY, BEN: MAY + timedelta(microseconds=1)}) == [BEN, ANA]


def asked(settled: dict[UUID, datetime | None]) -> list[UUID]:
    """Returns the customers in the order of asking."""
    return sorted(settled, key=lambda customer: rank(settled[customer], customer))


def test_the_waiting_list_comes_first_by_priority_then_by_how_long_they_wait() -> None:
    waits = {ANA: (0, 1), BEN: (2, 9), CARA: (0, 5)}
    keys = {
        customer: rank(None, customer, wish=Wish(id=customer, customer_id=customer, since=since, priority=priority))
        for customer, (priority, days) in waits.items()
        for since in [MAY - timedelta(days=days)]
    }
    dana = UUID(int=4)
    keys[dana] = rank(MAY, dana)
    assert sorted(keys, key=lambda customer: keys[customer]) == [BEN, CARA, ANA, dana]
