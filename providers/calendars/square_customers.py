"""Finds and creates customers at Square."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from square import Square

from domain.calendars.source_booking import SourcePerson
from providers.calendars.port import TimeOrder
from providers.calendars.square_errors import ONCE, ask

AT_ONCE = 100


def find(client: Square, ids: Sequence[str]) -> dict[str, SourcePerson]:
    """Returns the customers with these ids, and ignores unknown ids."""
    people: dict[str, SourcePerson] = {}
    for start in range(0, len(ids), AT_ONCE):
        batch = ids[start : start + AT_ONCE]
        found = ask(
            partial(client.customers.bulk_retrieve_customers, customer_ids=batch, request_options=ONCE)
        ).responses
        people |= {id: _person(id, one.customer) for id, one in (found or {}).items() if one.customer is not None}
    return people


def create(client: Square, order: TimeOrder) -> str | None:
    """Creates a customer, once for each `our_id`. Returns Square's id."""
    first, _, last = order.name.partition(" ")
    made = ask(
        lambda: client.customers.create(
            idempotency_key=f"customer-{order.our_id}",
            given_name=first or "Guest",
            family_name=last or None,
            email_address=order.email,
            phone_number=order.phone,
            request_options=ONCE,
        )
    )
    return made.customer.id if made.customer else None


def _person(id: str, found: Any) -> SourcePerson:
    name = f"{found.given_name or ''} {found.family_name or ''}".strip()
    return SourcePerson(name=name, phone=found.phone_number, email=found.email_address, external_id=id)
