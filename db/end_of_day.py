"""Reads the time 24:00, which Postgres stores but `datetime.time` can't represent."""

from datetime import time

import psycopg
from psycopg.abc import Buffer
from psycopg.types.datetime import TimeLoader

MIDNIGHT = "24:"


def parse_time(stored: str) -> time:
    """Converts a time in the format of Postgres. Returns 24:00 as the last microsecond of the day."""
    return time.max if stored.startswith(MIDNIGHT) else time.fromisoformat(stored)


class EndOfDayLoader(TimeLoader):
    """Like `parse_time`. Without it, a single row would fail each query that reads the times of several shops."""

    def load(self, data: Buffer) -> time:
        return time.max if bytes(data[:3]) == MIDNIGHT.encode() else super().load(data)


def load_end_of_day(connection: psycopg.Connection, _: object = None) -> None:
    connection.adapters.register_loader("time", EndOfDayLoader)
