"""Repeats work that Postgres aborted because of a deadlock.

Two transactions that insert overlapping appointments at the same time wait for each other: each inserts its row
before it checks the constraint against double bookings. After `deadlock_timeout`, Postgres aborts one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from psycopg import errors
from sqlalchemy.exc import OperationalError

T = TypeVar("T")
TRIES = 3


def repeat_after_deadlock(work: Callable[[], T]) -> T:
    """Runs `work` again after a deadlock, up to `TRIES` times in total. `work` is one transaction or savepoint.

    If the transaction around a savepoint holds one of the locks, repeating can't help, and the error is raised after
    the last try.
    """
    for _ in range(TRIES - 1):
        try:
            return work()
        except OperationalError as error:
            if not isinstance(error.orig, errors.DeadlockDetected):
                raise
    return work()
