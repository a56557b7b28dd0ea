"""Books in one statement: the usual request, whose answer is known to be a booked appointment.

Every other request is answered in several statements, which find the problem or do what is unusual.
"""

from contextlib import suppress

from sqlalchemy.exc import IntegrityError

from api.api_dependencies import ApiDependencies
from api.appointment_fields import NewAppointment, checked_end
from api.idempotent_answers import IdempotentRequest
from db.access.api_keys import PresentedKey
from db.appointments import api_bookings
from db.appointments.api_bookings import FIELDS, BookedAtOnce


def book_at_once(
    dependencies: ApiDependencies, presented: PresentedKey, once: IdempotentRequest | None, body: NewAppointment
) -> BookedAtOnce | None:
    """Returns None if nothing was booked. Raises ProblemError."""
    if body.named != ["customer_id"] or "ends_at" not in body.model_fields_set or body.payment is not None:
        return None
    checked_end(body.starts_at, body.ends_at)
    fields = {name: getattr(body, name) for name in FIELDS} | {"payment_required": bool(body.payment_required)}
    with suppress(IntegrityError), dependencies.transactions.single() as connection:
        return api_bookings.book(
            connection,
            presented,
            fields,
            app_url=dependencies.settings.app_url,
            idempotency_key=once.key if once else None,
            request_hash=once.hash if once else None,
        )
    return None
