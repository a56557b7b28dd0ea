"""The endpoint with which the booking system cancels an appointment."""

from flask.typing import ResponseReturnValue

from db.appointments import appointments
from domain.cancellation import REFUSALS
from webhooks.json_response import error_response, json_response
from webhooks.request import IncomingRequest, as_uuid
from webhooks.request_log import note
from webhooks.response_models import CancellationResponse


def cancel(request: IncomingRequest, appointment_id: str) -> ResponseReturnValue:
    """Cancels the appointment. A repeated request gets the same response and has no further effect."""
    found = as_uuid(appointment_id)
    note(appointment_id=found)
    with request.dependencies.transactions() as session:
        verdict = appointments.request_cancellation(session, found, by="api") if found else None
    if verdict is None:
        return error_response("Appointment not found", 404)
    if verdict in REFUSALS:
        return error_response(verdict.value, 409)
    return json_response(CancellationResponse(success=True), 202)
