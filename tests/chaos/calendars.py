"""Shops with a connected calendar, for a chaos run. Half of the appointments are cancelled in the calendar."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from cli.local.servers.server_process import bare_environment
from tests.chaos.stage import ChaosSystem
from tests.live_system import LiveAppointment, LiveShop, LiveSystem, Row
from tests.waiting import PATIENCE_SECONDS

SECRETS = {"calcom": "--api-key", "square": "--token"}
"""For each kind, the option that takes its secret."""

CUSTOMERS_A_SLOT = 2


@dataclass
class CancelledThere(LiveAppointment):
    """An appointment that its customer cancels in the calendar. `external_id` is its id in the calendar."""

    kind: str
    external_id: str

    @property
    def path(self) -> str:
        return f"/sandbox/calendars/{self.kind}/bookings/{self.external_id}/cancel"


@dataclass(frozen=True)
class ChaosCalendar:
    """A connected calendar and its mirrored appointments."""

    live: LiveSystem
    data: Path
    kind: str
    id: UUID
    appointments: Sequence[LiveAppointment]

    def syncs(self) -> None:
        _slots(self.data, "sync", str(self.id))


def connect_calendars(stage: ChaosSystem, *, bookings: int) -> list[ChaosCalendar]:
    """Connects one calendar of each kind.

    Each calendar has its own shop and `bookings` bookings, of which half are cancelled in the calendar.
    """
    return [_connected(stage, kind, bookings) for kind in SECRETS]


def _connected(stage: ChaosSystem, kind: str, bookings: int) -> ChaosCalendar:
    live, data = stage.live, stage.folder / "up"
    shop = live.shop(name=f"Aurora {kind}", payment_attempts=1)
    for _ in range(bookings * CUSTOMERS_A_SLOT):
        shop.customer("Somebody")
    for number in range(bookings):
        starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3, minutes=45 * number)
        times = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(minutes=40)).isoformat()}
        who = {"name": f"Guest {number}", "service": "Haircut", "staff": "Lou"}
        status, made = live.post("SANDBOX_URL", f"/sandbox/calendars/{kind}/bookings", times | who)
        assert status < 300, made
    made = _slots(data, "connect", "--shop", str(shop.id), "--kind", kind, SECRETS[kind], "sandbox", "--json")
    id = UUID(json.loads(made)["id"])
    return ChaosCalendar(live, data, kind, id, list(_appointments(shop, kind, id)))


def _appointments(shop: LiveShop, kind: str, calendar_id: UUID) -> Iterator[LiveAppointment]:
    found = shop.live.rows(
        "SELECT id, external_id FROM appointments WHERE calendar_id = %s ORDER BY starts_at", calendar_id
    )
    for number, row in enumerate(found):
        there = CancelledThere(shop, row["id"], kind, row["external_id"])
        yield there if number % 2 else LiveAppointment(shop, row["id"])


def _slots(data: Path, *words: str) -> str:
    """Runs a `slots calendars` command and returns its output."""
    command = [str(Path(sys.executable).with_name("slots")), "calendars", *words, "--data", str(data)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=bare_environment(), timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def calendar_differences(calendar: ChaosCalendar) -> list[str]:
    """Returns the bookings that differ between the calendar and our rows.

    Calendars marked as broken are not compared.
    """
    live = calendar.live
    if live.row("SELECT status FROM calendars WHERE id = %s", calendar.id)["status"] == "broken":
        return []
    here = {row["external_id"]: (row["starts_at"], row["ends_at"]) for row in live.rows(HERE, calendar.id)}
    there = {one["id"]: (_at(one["starts_at"]), _at(one["ends_at"])) for one in _standing(calendar)}
    both = sorted(here.keys() | there.keys())
    return [
        f"{calendar.kind} {id}: here {here.get(id)}, there {there.get(id)}"
        for id in both
        if here.get(id) != there.get(id)
    ]


HERE = """
SELECT external_id, starts_at, ends_at FROM appointments
 WHERE calendar_id = %s AND status IN ('booked', 'pending_payment') AND external_id IS NOT NULL
"""


def _standing(calendar: ChaosCalendar) -> list[Row]:
    address = f"{calendar.live.settings['SANDBOX_URL']}/sandbox/calendars/{calendar.kind}/bookings"
    with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
        found: list[Row] = json.load(answer)["bookings"]
        return found


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
