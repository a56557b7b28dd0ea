"""Of two simultaneous bookings of one time, one is made. Without repetition, one in fifteen pairs is a deadlock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from db.appointments import bookings
from db.appointments.bookings import NewBooking
from db.appointments.overlaps import OverlapError
from db.deadlocks import TRIES, repeat_after_deadlock
from db.sessions import sessions
from tests.builders import Built, a_customer, a_shop, in_

ROUNDS = 60


def booked_at_once(book: Callable[[Built, datetime], str], customers: list[Built]) -> list[list[str]]:
    """Lets both customers book the same time at the same time, several times. Returns the results of each pair."""
    barrier, first = Barrier(2), in_(hours=24)

    def arrive(customer: Built, starts_at: datetime) -> str:
        barrier.wait()
        return book(customer, starts_at)

    with ThreadPoolExecutor(2) as pool:
        return [sorted(pool.map(arrive, customers, [first + timedelta(hours=hours)] * 2)) for hours in range(ROUNDS)]


def test_one_of_two_simultaneous_bookings_is_made(engine: Engine, session: Session) -> None:
    shop = a_shop(session)
    customers = [a_customer(session, shop), a_customer(session, shop)]
    session.commit()

    def book(customer: Built, starts_at: datetime) -> str:
        times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
        booking = NewBooking(shop_id=shop.id, customer_id=customer.id, **times)
        try:
            with sessions(engine).begin() as own:
                bookings.book(own, booking, by="staff")
        except OverlapError:
            return "taken"
        return "booked"

    assert booked_at_once(book, customers) == [["booked", "taken"]] * ROUNDS


def test_a_deadlock_that_lasts_is_an_error(engine: Engine) -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        with engine.connect() as connection:
            connection.exec_driver_sql("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$")

    with pytest.raises(OperationalError):
        repeat_after_deadlock(work)
    assert len(tries) == TRIES
