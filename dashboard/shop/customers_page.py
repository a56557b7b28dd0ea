"""Customers: whom there is, who may be texted and why, what they were offered, and lists that are brought."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop import list_filters, page_frame
from dashboard.shop.form_result import FormResult, too_long, typed
from dashboard.shop.list_filters import PAGE_SIZE
from dashboard.shop.session_access import acting, only, reading, signed_in
from db import audit, consent
from domain.phones.parsing import PhoneNumber, parse
from views import appointment_list, customer_directory, id_lookup
from views.customer_directory import ListedCustomer

bp = Blueprint("customers", __name__, url_prefix="/customers")

HISTORY = 50
TAB_NAMES = {
    "all": "All",
    "willing": "May be texted",
    "not willing": "Not opted in",
    "resting": "Asked a short while ago",
}
LONGEST = {"source": 200, "wording": 500}
STAFF_SAID = "A member of staff noted that they want no texts."


@bp.get("")
def listing() -> ResponseReturnValue:
    """Whoever was here last comes first."""
    wish, shop = list_filters.read(request.args), signed_in().shop
    tab = request.args.get("tab", "all")
    tab = tab if tab in TAB_NAMES else "all"
    with reading() as rows:
        if wish.words and (place := id_lookup.place_of(rows, shop.id, wish.words)):
            return redirect(url_for(place.endpoint, id=place.id), 303)
        found = customer_directory.page(
            rows, shop.id, tab=tab, words=wish.words, limit=PAGE_SIZE + 1, offset=(wish.page - 1) * PAGE_SIZE
        )
    return page_frame.page(
        "shop/customers.html",
        tabs=TAB_NAMES,
        tab=tab,
        wish=wish,
        found=found[:PAGE_SIZE],
        more=len(found) > PAGE_SIZE,
    )


@bp.get("/<uuid:id>")
def detail(id: UUID) -> ResponseReturnValue:
    """Consent, rest, history."""
    return _page(id, FormResult())


def _page(id: UUID, form: FormResult) -> ResponseReturnValue:
    shop = signed_in().shop
    with reading() as rows:
        customer = _found(customer_directory.one(rows, shop.id, id))
        offers = customer_directory.offers(rows, shop.id, id, limit=HISTORY)
        appointments = appointment_list.of_customer(rows, shop.id, id, limit=HISTORY)
    answer = page_frame.page(
        "shop/customer.html", customer=customer, offers=offers, appointments=appointments, form=form
    )
    answer.status_code = 422 if form.wrong else 200
    return answer


def _found(customer: ListedCustomer | None) -> ListedCustomer:
    if customer is None:
        abort(404)
    return customer


@bp.get("/<uuid:id>/opt-out")
@only("act")
def ask_opt_out(id: UUID) -> ResponseReturnValue:
    """Says that only the customer can take it back."""
    with reading() as rows:
        customer = _found(customer_directory.one(rows, signed_in().shop.id, id))
    return page_frame.page("shop/opt_out.html", customer=customer)


@bp.post("/<uuid:id>/opt-out")
@only("act")
def opt_out(id: UUID) -> ResponseReturnValue:
    """No more texts to this number from this shop."""
    me = signed_in()
    with acting() as rows:
        customer = _found(customer_directory.one(rows, me.shop.id, id))
        if customer.phone_e164:
            consent.suppress(rows, shop_id=me.shop.id, phone=customer.phone_e164, reason=STAFF_SAID)
        else:
            customer_directory.take_no_texts(rows, me.shop.id, id)
        _note(rows, "CustomerOptedOutByStaff", reason=STAFF_SAID, customer_id=id)
    flash("They get no more texts from you.", "good")
    return redirect(url_for("shop.customers.detail", id=id), 303)


@bp.post("/<uuid:id>/opt-in")
@only("act")
def opt_in(id: UUID) -> ResponseReturnValue:
    """Only with the place where the consent was given, and never against an opt-out."""
    me, read = signed_in(), _read_consent()
    if read.wrong:
        return _page(id, FormResult({name: typed(request.form, name) for name in LONGEST}, read.wrong))
    with acting() as rows:
        customer = _found(customer_directory.one(rows, me.shop.id, id))
        if reason := _no_texts(customer):
            flash(reason, "stop")
            return redirect(url_for("shop.customers.detail", id=id), 303)
        done = customer_directory.opt_in(rows, me.shop.id, id, **read.values)
        if done:
            reason = "A member of staff noted that they agreed to texts, and where."
            _note(rows, "CustomerOptedInByStaff", reason=reason, customer_id=id)
    if done:
        flash("They may be texted now.", "good")
    else:
        flash("That is not possible: only they can take their opt-out back.", "stop")
    return redirect(url_for("shop.customers.detail", id=id), 303)


def _read_consent() -> FormResult:
    read = FormResult()
    for name, longest in LONGEST.items():
        value = typed(request.form, name)
        read.put(name, value, too_long(value, longest))
    if not typed(request.form, "source"):
        read.put("source", None, "Please say where they agreed: without that, nobody may be texted.")
    return read


def _no_texts(customer: ListedCustomer) -> str | None:
    """Why the customer's number can't get texts; None when it may, and when there is none."""
    if customer.phone_e164 is None:
        return None
    read = parse(customer.phone_e164)
    return read.no_texts if isinstance(read, PhoneNumber) else read.reason


def _note(rows: Session, event: str, *, reason: str, customer_id: UUID) -> None:
    me, detail = signed_in(), {"customer": str(customer_id)}
    audit.note(rows, event=event, reason=reason, shop_id=me.shop.id, actor=str(me.staff_id), detail=detail)
