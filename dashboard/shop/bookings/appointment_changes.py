"""Moves, cancels and annotates an appointment."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, booking, reading, require_permission, signed_in
from dashboard.shop.bookings.booking_form import FormPlace, read_note, read_time
from dashboard.shop.bookings.booking_page import TAKEN, form_place
from dashboard.shop.form_result import FormResult, typed
from dashboard.shop.recoveries.appointments_page import appointment_page
from db.appointments import appointment_moves, appointment_records, appointments
from db.appointments.appointment_moves import NewTime
from db.appointments.appointments import BY_STAFF
from db.appointments.overlaps import OverlapError
from db.shops import shop_settings
from domain.cancellation import REFUSALS
from domain.time_zones import zone_named
from views import appointment_list
from views.appointment_list import ListedAppointment, ListedPayment

bp = Blueprint("changes", __name__, url_prefix="/appointments/<uuid:id>")

TOLD = "yes"
"""The value of the checkbox "Tell the customer"."""


@bp.get("/move")
@require_permission("act")
def ask_move(id: UUID) -> ResponseReturnValue:
    """Shows the form with the current time of the appointment."""
    found = _appointment(id)
    local = found.starts_at.astimezone(zone_named(signed_in().shop.timezone))
    minutes = round((found.ends_at - found.starts_at).total_seconds() / 60)
    values = {"day": local.date().isoformat(), "at": f"{local:%H:%M}", "minutes": str(minutes)}
    values |= {"performer": str(found.performer_id or ""), "tell": _usually_told()}
    return _move_page(found, FormResult(values))


@bp.post("/move")
@require_permission("act")
def move(id: UUID) -> ResponseReturnValue:
    """Moves the appointment. Offers the old time to other customers if the deposit was paid or no deposit was due."""
    found, form = _appointment(id), FormResult()
    with reading() as rows:
        read_time(request.form, _place(rows, found), form)
    if not form.wrong:
        to = NewTime(form.values["starts_at"], form.values["ends_at"], form.values["performer_id"])
        try:
            with booking() as rows:
                refusal = appointment_moves.move(
                    rows, id, to, by=BY_STAFF, actor=signed_in().actor, tell_customer=_told()
                )
        except OverlapError:
            form.wrong["at"] = TAKEN
        else:
            if refusal is None:
                flash("Appointment moved.", "good")
                return redirect(url_for("shop.appointments.detail", id=id), 303)
            form.wrong["at"] = refusal.value
    form.values = {name: typed(request.form, name) for name in ("day", "at", "minutes", "performer", "tell")}
    return _move_page(found, form)


def _move_page(found: ListedAppointment, form: FormResult) -> ResponseReturnValue:
    with reading() as rows:
        place = _place(rows, found)
    return page_frame.form_page("shop/move.html", appointment=found, form=form, bookable=place)


def _usually_told() -> str:
    """The default value of the checkbox, from the shop's settings."""
    with reading() as rows:
        return TOLD if shop_settings.tells_of_changes(rows, signed_in().shop.id) else ""


def _told() -> bool:
    return request.form.get("tell") == TOLD


def _place(rows: Session, found: ListedAppointment) -> FormPlace:
    return form_place(rows, performer_id=found.performer_id, performer=found.performer)


def _appointment(id: UUID) -> ListedAppointment:
    with reading() as rows:
        found = appointment_list.one(rows, signed_in().shop.id, id)
    if found is None:
        abort(404)
    return found


@bp.get("/cancel")
@require_permission("act")
def ask_cancel(id: UUID) -> ResponseReturnValue:
    """Asks for confirmation, and whether a paid deposit is kept or refunded."""
    return page_frame.page(
        "shop/cancel.html", appointment=_appointment(id), payment=_refundable(id), tell=_usually_told()
    )


def _refundable(id: UUID) -> ListedPayment | None:
    with reading() as rows:
        found = appointment_list.payments(rows, signed_in().shop.id, id)
    return next((one for one in found if one.refundable_cents), None)


@bp.post("/cancel")
@require_permission("act")
def cancel(id: UUID) -> ResponseReturnValue:
    """Cancels the appointment. "Refund" redirects to the refund form, which requires a recent sign-in."""
    _appointment(id)
    with booking() as rows:
        verdict = appointments.request_cancellation(
            rows, id, by=BY_STAFF, actor=signed_in().actor, tell_customer=_told()
        )
    if verdict is None or verdict in REFUSALS:
        flash(f"Not cancelled. {verdict.value if verdict else ''}".strip(), "stop")
        return redirect(url_for("shop.appointments.detail", id=id), 303)
    flash("Appointment cancelled.", "good")
    payment = _refundable(id) if request.form.get("deposit") == "refund" else None
    if payment:
        return redirect(url_for("shop.refunds.ask", id=id, payment_id=payment.id), 303)
    return redirect(url_for("shop.appointments.detail", id=id), 303)


@bp.post("/note")
@require_permission("act")
def note(id: UUID) -> ResponseReturnValue:
    """Saves the note that only staff see."""
    form = FormResult()
    read_note(request.form, form)
    if form.wrong:
        form.values = {"note": typed(request.form, "note")}
        return appointment_page(id, form)
    with acting() as rows:
        values, me = {"note": form.values["note"] or None}, signed_in()
        if not appointment_records.change(rows, me.shop.id, id, values, by=BY_STAFF, actor=me.actor):
            abort(404)
    flash("Note saved.", "good")
    return redirect(url_for("shop.appointments.detail", id=id, _anchor="note"), 303)
