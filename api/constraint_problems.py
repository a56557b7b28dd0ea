"""Translates violated constraints into problems. Unlike earlier checks, constraints have no race conditions."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from psycopg import errors
from sqlalchemy.exc import IntegrityError

from api.problems import ProblemError, overlap
from db.appointments.overlaps import OverlapError

PROBLEMS: Mapping[str, ProblemError] = {
    **{
        f"{table}_external_id_key": ProblemError(
            "external_id_taken", errors=[("/external_id", "Another row has this external id.")]
        )
        for table in ("customers", "performers", "services", "appointments")
    },
    "payments_appointment_id_kind_attempt_key": ProblemError(
        "conflict", errors=[("/payment", "The appointment already has a deposit payment.")]
    ),
    "payments_stripe_payment_intent_id_key": ProblemError(
        "conflict", errors=[("/payment/stripe_payment_intent_id", "Another payment has this PaymentIntent.")]
    ),
}


@contextmanager
def refusing_duplicates() -> Iterator[None]:
    """Raises ProblemError if a constraint in PROBLEMS is violated. Must enclose the whole transaction."""
    try:
        yield
    except IntegrityError as error:
        violated = error.orig.diag.constraint_name if isinstance(error.orig, errors.Error) else None
        problem = PROBLEMS.get(violated or "")
        if problem is None:
            raise
        raise ProblemError(problem.code, errors=problem.errors) from None


@contextmanager
def overlaps_as_problems() -> Iterator[None]:
    """Raises ProblemError (409) with the id of the conflicting appointment if the time is taken."""
    try:
        yield
    except OverlapError as error:
        raise overlap(error.appointment_id) from None
