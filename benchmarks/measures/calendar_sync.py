"""Measures connected calendars: the import of 10,000 bookings, and a sync without changes."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from uuid import UUID

from benchmarks import worker_process
from benchmarks.measurements import Measurement, Plot, value
from benchmarks.system_under_test import SystemUnderTest, running
from cli.local.local_services import SERVICES
from providers.calendars.registry import PROVIDERS

# No web process and no workers are running, because they would do part of the work.
STAND_INS_ONLY = tuple(one for one in SERVICES if one.pid_name == "PID_SANDBOX")
STAFF = 20
SHOP = "INSERT INTO shops (name, sms_from, timezone) VALUES (%(name)s, %(number)s, 'UTC') RETURNING id"
# Ids are numbers, because Acuity uses numeric ids. Providers without staff have no overlapping bookings.
BOOKINGS = """
WITH RECURSIVE numbers (n) AS (SELECT :after + 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)
INSERT INTO calendar_bookings (id, kind, status, starts, ends, data, created, updated)
SELECT :first + n, :kind, 'booked', :at + n * :every, :at + n * :every + :length,
       json_object('name', 'Guest ' || n, 'phone', '+447' || (100000000 + n), 'email', n || '@guest.example',
                   'service', 'Haircut', 'staff', 'Staff ' || (n % :staff)),
       :at - 86400, :at - 86400
  FROM numbers
"""
DAY, BEGAN = 86_400, int(time.time())
IMPORT_SECONDS, IDLE_MILLISECONDS = 120, 20


@dataclass(frozen=True, slots=True)
class SyncSize:
    """The numbers of bookings in each kind of calendar, one after another, and the number of syncs."""

    kinds: tuple[str, ...]
    bookings: tuple[int, ...]
    idle: int


FULL, QUICK = SyncSize(tuple(PROVIDERS), (100, 10_000), 20), SyncSize(("square", "ics"), (100,), 2)


@dataclass(frozen=True, slots=True)
class Synced:
    """The CPU time (s) and memory growth (MB) of an import, and the duration (ms) and number of requests of each idle
    sync.
    """

    bookings: int
    seconds: float
    megabytes: float
    idle: list[float]
    requests: int


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Measures each kind in a separate process.

    The measured times are the CPU time of the system, excluding the simulated provider.
    """
    size = QUICK if quick else FULL
    with running(STAND_INS_ONLY, baseline=False) as system:
        for place, kind in enumerate(size.kinds):
            found = [
                _synced(system, kind, many, after=after, place=place, idle=size.idle)
                for after, many in pairwise((0, *size.bookings))
            ]
            yield from _figures(kind, found, full=not quick)


def _synced(system: SystemUnderTest, kind: str, many: int, *, after: int, place: int, idle: int) -> Synced:
    """Connects the same calendar, which now has `many` bookings, to another shop."""
    fill(system, kind, many, after=after, first=place * 10**6)
    shop = system.sql(SHOP, name=f"{kind} {many}", number=f"+1555{place:03}{after:04}")[0][0]
    url = f"{system.settings['SANDBOX_URL']}{PROVIDERS[kind].sandbox_path}"
    found = worker_process.run(system.settings, synced, kind, str(shop), url, idle)
    assert found.bookings == many, f"{kind}: {found.bookings} imported"
    return found


def _figures(kind: str, measured: Sequence[Synced], *, full: bool) -> Iterator[Measurement]:
    few, whole = measured[0], measured[-1]
    name, note = f"{kind}: {whole.bookings:,} bookings imported", f"grew by {whole.megabytes:.0f} MB"
    yield Measurement(name, whole.seconds, "s", None, value(most=IMPORT_SECONDS) if full else None, note)
    for found in measured:
        name = f"{kind}: sync without changes, {found.bookings:,} bookings"
        note = f"requests to the provider: {found.requests}"
        plot = Plot("calendars", "median", kind) if found is few else None
        target = value(most=IDLE_MILLISECONDS)
        yield Measurement(name, statistics.median(found.idle), "ms", None, target, note, found.idle, plot)


def fill(system: SystemUnderTest, kind: str, many: int, *, after: int, first: int) -> None:
    """Writes bookings after number `after` directly into the sandbox's file, because HTTP requests would take
    minutes.
    """
    staffed = kind not in {"google", "ics"}
    every, length = (3600 / STAFF, 3000) if staffed else (50 * DAY / FULL.bookings[-1], 45 * DAY / FULL.bookings[-1])
    with sqlite3.connect(Path(system.settings["SANDBOX_DIR"]) / "sandbox.sqlite3", timeout=30) as file:
        given = {"after": after, "many": many, "first": first, "kind": kind, "at": BEGAN + 3600, "staff": STAFF}
        file.execute(BOOKINGS, given | {"every": every, "length": length})


def synced(kind: str, shop_id: str, url: str, syncs: int) -> Synced:
    """Connects a calendar, imports its bookings, and syncs again without changes. Runs in a separate process."""
    from worker.calendars import connect as connecting

    made = worker_process.dependencies_without_broker()
    credentials = {one.name: one.in_sandbox for one in PROVIDERS[kind].secrets}
    if kind == "ics":
        credentials = {"url": f"{url}/main.ics"}
    new = connecting.NewCalendar(
        shop_id=UUID(shop_id), kind=kind, name="Rota", credentials=credentials, settings={"base_url": url}
    )
    calendar_id = connecting.connect(made, new).id
    with worker_process.growing() as growth:
        began = time.process_time()
        report = connecting.read_all(made, calendar_id)
        seconds = time.process_time() - began
    idle, requests = [], 0
    with worker_process.requests_counted() as counted:
        for _ in range(syncs):
            began = time.process_time()
            connecting.read_all(made, calendar_id)
            idle.append((time.process_time() - began) * 1000)
        requests = counted.number // syncs
    return Synced(report.read, seconds, growth.megabytes, idle, requests)
