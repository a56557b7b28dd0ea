"""Reads the time 24:00, which Postgres stores but `datetime.time` can't represent."""

from __future__ import annotations

from datetime import time

import psycopg
from psycopg.abc import Buffer
from psycopg.types.datetime import TimeLoader

MIDNIGHT = b"24:"


class EndOfDayLoader(TimeLoader):
    """Returns 24:00 as the last microsecond of the day. Otherwise one shop's row would fail every query that reads
    the quiet hours or the wishes of several shops.
    """

    def load(self, data: Buffer) -> time:
        return time.max if bytes(data[:3]) == MIDNIGHT else super().load(data)


def load_end_of_day(connection: psycopg.Connection, _: object = None) -> None:
    connection.adapters.register_loader("time", EndOfDayLoader)
