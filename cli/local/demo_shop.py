"""The demo shop Studio Aurora: staff, customers, past visits and paid bookings."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from psycopg import Connection as PsycopgConnection

    Connection = PsycopgConnection[tuple[Any, ...]]

SHOP_NAME, ZONE = "Studio Aurora", ZoneInfo("Europe/London")
# Ofcom reserves the numbers 07700 900000 to 900999 for fiction.
SHOP_PHONE, OWNER_PHONE, OWNER_EMAIL = "+447700900000", "+447700900001", "aurora@example.com"
OWNER_NAME = "Aurora Bell"
DEPOSIT_CENTS = 2000
PERFORMERS = ("Mira", "Jonas")
# Each row: name, and days since the last visit or None. The most recent visitors are asked first.
CUSTOMERS: tuple[tuple[str, int | None], ...] = (
    ("Ana Silva", 2),
    ("Ben Okafor", 4),
    ("Cara Lindqvist", 5),
    ("Dev Patel", 8),
    ("Elif Kaya", 11),
    ("Femi Adeyemi", 15),
    ("Grace Murphy", 19),
    ("Hugo Laurent", 24),
    ("Ines Costa", 30),
    ("Jakub Nowak", 45),
    ("Kim Nguyen", None),
    ("Leah Cohen", None),
)
SERVICES = (("Cut and finish", 60, 5500), ("Colour", 120, 9500), ("Fringe trim", 30, 2500))
# Each row is a paid booking: days from today, start, and the positions of service, performer and customer.
BOOKED = (
    (1, time(9, 30), 0, 0, 9),
    (1, time(11, 0), 1, 1, 7),
    (1, time(14, 0), 0, 0, 6),
    (1, time(16, 30), 0, 1, 8),
    (2, time(9, 0), 1, 0, 4),
    (2, time(10, 30), 0, 1, 5),
    (2, time(13, 0), 2, 0, 0),
    (2, time(15, 0), 0, 1, 1),
    (3, time(10, 0), 0, 0, 2),
    (3, time(12, 0), 1, 1, 3),
    (3, time(17, 0), 2, 0, 10),
    (4, time(9, 30), 0, 1, 11),
    (4, time(11, 30), 0, 0, 6),
    (5, time(10, 30), 1, 0, 9),
    (5, time(14, 30), 0, 1, 7),
    (5, time(16, 30), 0, 0, 10),
)
Row = dict[str, Any]


def load_and_confirm(settings: Mapping[str, str]) -> None:
    """Creates the shop, and confirmations with cancel links for the next appointments."""
    load(settings)
    import psycopg

    with psycopg.connect(settings["DATABASE_URL"]) as connection:
        for appointment in connection.execute(NEXT_ONES, [SHOP]).fetchall():
            _confirm(connection, appointment, settings["APP_URL"])


NEXT_ONES = """
SELECT a.id, a.customer_id, c.phone, to_char(a.starts_at AT TIME ZONE s.timezone, 'FMDay "at" HH24:MI'),
       a.manage_token
  FROM appointments a JOIN customers c ON c.id = a.customer_id JOIN shops s ON s.id = a.shop_id
 WHERE a.shop_id = %s AND a.status = 'booked' AND a.starts_at > now() ORDER BY a.starts_at LIMIT 4
"""


def _confirm(connection: "Connection", appointment: tuple[Any, ...], app_url: str) -> None:
    """Writes a confirmation for the worker to send."""
    id, customer_id, phone, when, token = appointment
    message_id = identity("confirmation", id)
    text = {
        "id": message_id,
        "shop_id": SHOP,
        "customer_id": customer_id,
        "appointment_id": id,
        "to_address": phone,
        "from_address": SHOP_PHONE,
        "purpose": "confirmation",
        "purpose_key": f"confirmation:{id}",
        "body": f"Confirmed: {when}. Deposit paid: £20. Manage your booking: {app_url}/manage/{token}",
    }
    if _insert(connection, "messages", text):
        task = {"shop_id": SHOP, "name": "send_message", "args": f'["{message_id}"]'}
        _insert(connection, "pending_tasks", task)


def load(settings: Mapping[str, str]) -> None:
    """Creates the shop if it is missing, and adds bookings at free times over the next few days."""
    import psycopg

    today = datetime.now(ZONE).date()
    with psycopg.connect(settings["DATABASE_URL"]) as connection:
        is_new = _insert(connection, "shops", _shop())
        for service in _services():
            _insert(connection, "services", service)
        if is_new:
            for table, row in _people():
                _insert(connection, table, row)
            _book(connection, _past(today))
        _book(connection, _upcoming(today))


def name_phones(settings: Mapping[str, str]) -> None:
    """Labels the owner's and customers' phones on the phones page."""
    import json
    import urllib.request

    names = {f"+4477009000{number + 10}": name for number, (name, _) in enumerate(CUSTOMERS)}
    body = {"shop": SHOP_PHONE, "names": names | {OWNER_PHONE: f"{OWNER_NAME} (owner)"}}
    request = urllib.request.Request(  # noqa: S310 - a loopback address
        f"{settings['SANDBOX_URL']}/sandbox/phone-names",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=60).close()  # noqa: S310


def _insert(connection: "Connection", table: str, row: Row) -> bool:
    """Inserts a row. Returns whether the row is new."""
    from psycopg import sql

    names = sql.SQL(", ").join(map(sql.Identifier, row))
    values = sql.SQL(", ").join(map(sql.Placeholder, row))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING")
    return connection.execute(statement.format(sql.Identifier(table), names, values), row).rowcount == 1


def _book(connection: "Connection", appointments: Iterator[Row]) -> None:
    """Inserts appointments, each with a paid deposit."""
    for appointment in appointments:
        if _insert(connection, "appointments", appointment):
            paid = {"amount_cents": DEPOSIT_CENTS, "currency": "GBP", "status": "succeeded"}
            _insert(connection, "payments", {"shop_id": SHOP, "appointment_id": appointment["id"], **paid})


def identity(kind: str, name: object) -> UUID:
    """Returns an id that is the same in every demo."""
    return uuid5(NAMESPACE_URL, f"{SHOP_NAME}/{kind}/{name}")


SHOP = identity("shop", SHOP_NAME)


def _people() -> Iterator[tuple[str, Row]]:
    owner = {"name": OWNER_NAME, "email": OWNER_EMAIL, "phone": OWNER_PHONE, "role": "owner"}
    yield "staff", {"id": identity("staff", OWNER_PHONE), "shop_id": SHOP, **owner}
    for name in PERFORMERS:
        yield "performers", {"id": identity("performer", name), "shop_id": SHOP, "name": name}
    for number in range(len(CUSTOMERS)):
        yield "customers", _customer(number)


def _services() -> Iterator[Row]:
    for name, minutes, price_cents in SERVICES:
        amounts = {"price_cents": price_cents, "deposit_cents": DEPOSIT_CENTS}
        yield {"id": identity("service", name), "shop_id": SHOP, "name": name, "duration_minutes": minutes, **amounts}


def _past(today: date) -> Iterator[Row]:
    for number, (_, days) in enumerate(CUSTOMERS):
        if days is not None:
            day = today - timedelta(days=days)
            yield _appointment("settled", day, time(11, 0), service=number % 3, performer=number % 2, customer=number)


def _upcoming(today: date) -> Iterator[Row]:
    for days, start, service, performer, customer in BOOKED:
        day = today + timedelta(days=days)
        yield _appointment("booked", day, start, service=service, performer=performer, customer=customer)


def _shop() -> Row:
    return {
        "id": SHOP,
        "name": SHOP_NAME,
        "address": "12 Harbour Street, Bristol",
        "timezone": ZONE.key,
        "currency": "GBP",
        "sms_from": SHOP_PHONE,
        "deposit_cents": DEPOSIT_CENTS,
        # With these short times, an offer visibly expires at any hour, and customers can be asked again soon.
        "offer_window_minutes": 1,
        "payment_window_minutes": 3,
        "payment_attempts": 3,
        "cooldown_hours": 1,
        "move_up": True,
        "quiet_from": None,
        "quiet_until": None,
    }


def _customer(number: int) -> Row:
    name, _ = CUSTOMERS[number]
    return {
        "id": identity("customer", number),
        "shop_id": SHOP,
        "name": name,
        "phone": f"+4477009000{number + 10}",
        "email": f"{name.split()[0].lower()}@example.com",
        "sms_opt_in": True,
        "consent_source": "booking form",
        "consent_wording": "Text me when an earlier time comes free.",
    }


def _appointment(status: str, day: date, start: time, *, service: int, performer: int, customer: int) -> Row:
    """Returns an appointment. `service`, `performer` and `customer` are positions in the lists above."""
    name, minutes, price_cents = SERVICES[service]
    starts_at = datetime.combine(day, start, ZONE)
    return {
        "id": identity("appointment", f"{starts_at.isoformat()} {performer} {customer}"),
        "shop_id": SHOP,
        "performer_id": identity("performer", PERFORMERS[performer]),
        "customer_id": identity("customer", customer),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes),
        "status": status,
        "service_id": identity("service", name),
        "service": name,
        "payment_required": True,
        "price_cents": price_cents,
        "deposit_cents": DEPOSIT_CENTS,
    }
