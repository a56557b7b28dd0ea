"""A shop with a connected calendar, which the stand-in of its provider serves over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from db.appointments import appointment_moves
from db.appointments.appointment_moves import NewTime
from db.appointments.overlaps import OverlapError
from domain.cancellation import MoveRefusal
from providers.calendars.registry import PROVIDERS
from tests.builders import Built, a_number
from tests.waiting import PATIENCE_SECONDS
from tests.world import World
from worker.calendars import connect as connecting

EVERY_SYNC = ("sync_calendars",)


@dataclass
class CalendarShop:
    """A shop with a calendar of the provider `kind`."""

    world: World
    kind: str
    shop: Built
    calendar_id: UUID
    began: datetime
    ana: Any = None
    nora: str = ""
    """The id of Nora's booking in the calendar."""

    @classmethod
    def connected(
        cls, world: World, kind: str, *, secret: str = "", to: Built | None = None, **columns: Any
    ) -> CalendarShop:
        """Connects an empty calendar, as `slots calendars connect --api-key sandbox` does.

        `secret` becomes a part of the credentials. The stand-in accepts any credentials. `to` is the shop; a new shop
        by default.
        """
        shop = to or world.shop(**columns)
        provider = PROVIDERS[kind]
        credentials = {one.name: one.in_sandbox and (secret or one.in_sandbox) for one in provider.secrets}
        settings = {"base_url": f"{world.outside.url}{provider.sandbox_path}"}
        if kind == "ics":
            credentials = {"url": f"{world.outside.url}/ics/main.ics" + (f"?key={secret}" if secret else "")}
        new = connecting.NewCalendar(
            shop_id=shop.id, kind=kind, name="Rota", credentials=credentials, settings=settings
        )
        made = connecting.connect(world.dependencies, new)
        connecting.read_all(world.dependencies, made.id)
        return cls(world, kind, shop, made.id, world.clock.now().replace(microsecond=0, second=0))

    # Actions of people in the calendar.

    def post(self, path: str, **body: Any) -> Any:
        url = f"{self.world.outside.url}/sandbox/calendars/{self.kind}/bookings{path}"
        answer = self.world.http.post(url, json=body, timeout=PATIENCE_SECONDS)
        assert answer.ok, answer.text
        return answer.json()

    def post_to(self, path: str, **body: Any) -> Any:
        """Posts another action of the shop to the stand-in."""
        url = f"{self.world.outside.url}/sandbox/calendars/{self.kind}/{path}"
        answer = self.world.http.post(url, json=body, timeout=PATIENCE_SECONDS)
        assert answer.ok, answer.text
        return answer.json()

    def at(self, hours: float) -> datetime:
        """Returns the time `hours` hours after the calendar was connected."""
        return self.began + timedelta(hours=hours)

    def books(self, name: str = "Nora Bell", *, hours: float = 24, **fields: Any) -> str:
        """Creates a booking in the calendar; returns its id."""
        starts = self.at(hours)
        usual = {"name": name, "phone": a_number(), "email": f"{name.split()[0].lower()}@example.com"}
        times = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=1)).isoformat()}
        return str(self.post("", **usual | times | {"service": "Haircut", "staff": "Lou"} | fields)["id"])

    def cancels(self, id: str) -> None:
        self.post(f"/{id}/cancel")

    def moves(self, id: str, *, hours: float) -> str:
        """Moves a booking in the calendar.

        Returns the new id, because some providers replace the booking.
        """
        starts = self.at(hours)
        times = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=1)).isoformat()}
        return str(self.post(f"/{id}/move", **times)["id"])

    def pays(self, customer: Any) -> None:
        """Pays the customer's pending deposits, unless Stripe has already cancelled one and its event was lost."""
        waiting = self.world.rows(
            "SELECT p.stripe_payment_intent_id AS id FROM payments p JOIN appointments a ON a.id = p.appointment_id"
            " WHERE a.customer_id = :id AND p.status = 'pending' AND p.stripe_payment_intent_id IS NOT NULL",
            id=customer.id,
        )
        for row in waiting:
            assert self.world.at_stripe(row.id, "succeed") in (200, 409)

    # The state of the calendar and of our appointments.

    def stands(self) -> list[dict[str, Any]]:
        """Returns the bookings in the calendar, ordered by start."""
        url = f"{self.world.outside.url}/sandbox/calendars/{self.kind}/bookings"
        found: list[dict[str, Any]] = self.world.http.get(url, timeout=PATIENCE_SECONDS).json()["bookings"]
        return found

    def there(self) -> list[tuple[str, str]]:
        """Returns the name and status of each booking in the calendar."""
        return [(one["name"], one["status"]) for one in self.stands()]

    def held(self) -> int:
        """Returns the number of held times in the calendar."""
        url = f"{self.world.outside.url}/sandbox/calendars/{self.kind}/holds"
        return len(self.world.http.get(url, timeout=PATIENCE_SECONDS).json()["holds"])

    def here(self) -> list[tuple[str, str]]:
        """Returns the customer's name and the status of each of our appointments, ordered by start and creation."""
        found = self.world.rows(
            "SELECT c.name, a.status FROM appointments a JOIN customers c ON c.id = a.customer_id"
            " WHERE a.shop_id = :id ORDER BY a.starts_at, a.created_at",
            id=self.shop.id,
        )
        return [(row.name, row.status) for row in found]

    def appointment(self, id: str) -> Built:
        (row,) = self.world.rows(
            "SELECT * FROM appointments WHERE calendar_id = :calendar AND external_id = :id",
            calendar=self.calendar_id,
            id=id,
        )
        return row

    @property
    def status(self) -> str:
        return str(self.world.one("SELECT status FROM calendars WHERE id = :id", id=self.calendar_id))

    def slots(self) -> list[str]:
        found = self.world.rows(
            "SELECT status FROM slot_openings WHERE shop_id = :id ORDER BY starts_at", id=self.shop.id
        )
        return [row.status for row in found]

    # Actions of the system.

    def syncs(self) -> None:
        """Handles the received webhooks and reads the whole calendar.

        A feed is read twice, because the absence of an event from a single listing proves nothing.
        """
        self.world.work()
        for _ in range(2 if self.kind == "ics" else 1):
            self.world.beat(*EVERY_SYNC)
            self.world.work()
            if self.kind == "ics":
                self.world.clock.pass_(timedelta(minutes=11))

    def requests(self, method: str, *, path: str = "") -> list[dict[str, Any]]:
        """Returns the requests to the provider."""
        return [
            one
            for one in self.world.outside.ledger(kind="request", provider=self.kind, method=method)
            if path in one["path"]
        ]

    def consenting(self, name: str) -> Built:
        """Records that a customer from the calendar consented to texts."""
        (row,) = self.world.rows(
            "UPDATE customers SET sms_opt_in = true WHERE shop_id = :id AND name = :name RETURNING *",
            id=self.shop.id,
            name=name,
        )
        return row

    def moves_here(self, id: str, *, hours: float, length: float = 1) -> MoveRefusal | None:
        """Moves an appointment as staff do. Returns the reason if the move is refused."""
        return self.may_move_here(self.appointment(id), hours=hours, length=length)

    def may_move_here(
        self, found: Built, *, hours: float, length: float = 1, tell_customer: bool = False
    ) -> MoveRefusal | None:
        """Moves an appointment unless the time is taken. Returns the reason if the move is refused."""
        starts = self.at(hours)
        to = NewTime(starts, starts + timedelta(hours=length), found.performer_id)
        try:
            with self.world.session() as session:
                return appointment_moves.move(session, found.id, to, by="api", tell_customer=tell_customer)
        except OverlapError:
            return None

    def times(self, there: dict[str, Any]) -> tuple[float, float]:
        """Returns the start and the end of a booking in Unix seconds."""
        starts, ends = (datetime.fromisoformat(there[name]).timestamp() for name in ("starts_at", "ends_at"))
        return starts, ends
