"""Refunds a payment in full or in part. Requires a recent sign-in. Each form makes at most one refund."""

from uuid import UUID, uuid4

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import (
    acting,
    reading,
    require_permission,
    require_recent_sign_in,
    signed_in,
)
from dashboard.shop.audit_entry import note_action
from dashboard.shop.form_result import FormResult, too_long, typed
from dashboard.shop.settings.typed_amount import EXAMPLES, amount_of
from db.money import refunds
from db.money.refunds import RefundRefusedError, RefundRequest, RefundSentError
from db.tasks import pending_tasks
from domain.money import charge_step, format_amount, minor_digits
from views import appointment_list
from views.appointment_list import ListedPayment

bp = Blueprint("refunds", __name__, url_prefix="/appointments/<uuid:id>/payments/<uuid:payment_id>/refund")

LONGEST_REASON = 300
SENT = "This form was already sent with another amount, which is being refunded. Send it again for a second refund."
CHANGED = "The payment has changed in the meantime. Check the remaining amount."


@bp.get("")
@require_permission("act")
@require_recent_sign_in
def ask(id: UUID, payment_id: UUID) -> ResponseReturnValue:
    """Shows the form, filled in with the remaining amount."""
    payment = _payment(id, payment_id)
    left = _as_typed(payment.refundable_cents, payment.currency)
    return _page(id, payment, FormResult({"amount": left, "reason": "", "refund_id": str(uuid4())}))


@bp.post("")
@require_permission("act")
@require_recent_sign_in
def make(id: UUID, payment_id: UUID) -> ResponseReturnValue:
    """Requests the refund. The form contains the refund's id, so that submitting the form twice makes only one
    refund.
    """
    payment, me = _payment(id, payment_id), signed_in()
    form, refund_id = _read(payment)
    amount, reason = form.values["cents"], form.values["reason"]
    wanted = RefundRequest(refund_id, me.shop.id, payment.id, amount, reason, me.actor)
    try:
        with acting() as rows:
            # Checked before the amount, because the first request may have left nothing to refund.
            if not refunds.is_sent(rows, wanted):
                if form.wrong:
                    return _page(id, payment, form)
                _request(rows, id, wanted, payment)
    except (RefundRefusedError, RefundSentError) as why:
        form.wrong["amount"] = CHANGED if isinstance(why, RefundRefusedError) else SENT
        form.values["refund_id"] = str(uuid4())
        return _page(id, _payment(id, payment_id), form)
    flash("Refund requested. The bank usually pays out a refund within two weeks.", "done")
    return redirect(url_for("shop.appointments.detail", id=id), 303)


def _request(rows: Session, appointment_id: UUID, wanted: RefundRequest, payment: ListedPayment) -> None:
    if not refunds.request(rows, wanted):
        return
    pending_tasks.add(rows, "send_refund", wanted.id, shop_id=wanted.shop_id)
    amount = format_amount(wanted.amount_cents, payment.currency, signed_in().shop.locale)
    what = f"Refund of {amount} requested: {wanted.reason}"
    note_action(rows, "RefundRequested", what, appointment_id=appointment_id)


def _payment(appointment_id: UUID, payment_id: UUID) -> ListedPayment:
    with reading() as rows:
        found = appointment_list.payments(rows, signed_in().shop.id, appointment_id)
    payment = next((one for one in found if one.id == payment_id), None)
    if payment is None:
        abort(404)
    return payment


def _read(payment: ListedPayment) -> tuple[FormResult, UUID]:
    form = FormResult()
    amount, reason = typed(request.form, "amount"), typed(request.form, "reason")
    try:
        refund_id = UUID(typed(request.form, "refund_id"))
    except ValueError:
        abort(400)
    form.values |= {"amount": amount, "reason": reason, "refund_id": str(refund_id)}
    cents = amount_of(amount, payment.currency) if amount else None
    if problem := _why_refused(cents, payment):
        form.wrong["amount"] = problem
    form.values["cents"] = cents or 0
    if problem := too_long(reason, LONGEST_REASON) or (None if reason else "Enter a reason for your records."):
        form.wrong["reason"] = problem
    return form, refund_id


def _why_refused(cents: int | None, payment: ListedPayment) -> str | None:
    """Returns the error if this amount can't be refunded, otherwise None."""
    if not cents:
        return f"Enter an amount like {EXAMPLES[minor_digits(payment.currency)]}, without signs or spaces."
    if cents > payment.refundable_cents:
        left = format_amount(payment.refundable_cents, payment.currency, signed_in().shop.locale)
        return f"Enter at most {left}."
    if cents % charge_step(payment.currency):
        return "Stripe can't refund such small units of this currency. Round the amount."
    return None


def _as_typed(cents: int, currency: str) -> str:
    digits = minor_digits(currency)
    return f"{cents / 10**digits:.{digits}f}"


def _page(appointment_id: UUID, payment: ListedPayment, form: FormResult) -> ResponseReturnValue:
    with reading() as rows:
        appointment = appointment_list.one(rows, signed_in().shop.id, appointment_id)
    if appointment is None:
        abort(404)
    return page_frame.form_page("shop/refund.html", appointment=appointment, payment=payment, form=form)
