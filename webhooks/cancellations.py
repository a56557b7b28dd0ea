"""The booking system's door: an appointment is cancelled."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from db import appointments
from domain.cancellation import REFUSALS
from webhooks.journal import note
from webhooks.visit import Visit, as_uuid


def cancel(visit: Visit, appointment_id: str) -> ResponseReturnValue:
    """A repeat is as welcome as the first time, and does nothing."""
    found = as_uuid(appointment_id)
    note(appointment_id=found)
    with visit.wiring.transactions() as session:
        verdict = appointments.request_cancellation(session, found, by="api") if found else None
    if verdict is None:
        return jsonify(error="Appointment not found"), 404
    if verdict in REFUSALS:
        return jsonify(error=verdict.value), 409
    return jsonify(success=True), 202
