"""Exports or erases a customer's personal data, as the law requires, and merges duplicates."""

import json
from uuid import UUID

from flask import Blueprint, Response, abort, flash, make_response, redirect, request, url_for
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
from db.customers import forgetting
from db.tasks import pending_tasks
from views import customer_directory, one_customer
from views.customer_directory import ListedCustomer
from views.customer_search import as_id

bp = Blueprint("customer_data", __name__, url_prefix="/customers/<uuid:id>")

CANDIDATES_SHOWN = 20
STILL_OPEN = (
    "Not erased. A booking or an offer is still open, or a message to this customer has not been sent yet. "
    "Cancel the booking or offer first, or try again in a minute."
)


def _found(rows: Session, id: UUID) -> ListedCustomer:
    customer = customer_directory.one(rows, signed_in().shop.id, id)
    if customer is None:
        abort(404)
    return customer


@bp.get("/data.json")
@require_permission("manage")
@require_recent_sign_in
def export(id: UUID) -> Response:
    """Returns all stored data about one person as JSON."""
    with reading() as rows:
        _found(rows, id)
        content = one_customer.everything(rows, signed_in().shop.id, id)
    # This GET request writes, because the audit log records each export.
    with acting() as rows:
        note_action(rows, "CustomerExported", "A customer's data was exported.", customer_id=id)
    answer = make_response(json.dumps(content, default=str, ensure_ascii=False, indent=2))
    answer.headers["Content-Type"] = "application/json; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="customer-{id}.json"'
    return answer


@bp.get("/erase")
@require_permission("manage")
@require_recent_sign_in
def ask_erase(id: UUID) -> ResponseReturnValue:
    """Asks for confirmation."""
    with reading() as rows:
        customer, open_things = _found(rows, id), forgetting.has_something_open(rows, id)
    return page_frame.page("shop/erase.html", customer=customer, open_things=open_things)


@bp.post("/erase")
@require_permission("manage")
@require_recent_sign_in
def erase(id: UUID) -> ResponseReturnValue:
    """Erases the customer's personal data, unless there is a live booking, a live offer or an unsent message."""
    me = signed_in()
    with acting() as rows:
        _found(rows, id)
        if forgetting.has_something_open(rows, id):
            flash(STILL_OPEN, "stop")
            return redirect(url_for("shop.customers.detail", id=id), 303)
        pending_tasks.add(rows, "forget_customer", id, me.actor, shop_id=me.shop.id)
    flash("This customer's personal data is being erased. Payment records are kept, without a name.", "good")
    return redirect(url_for("shop.customers.listing"), 303)


@bp.get("/merge")
@require_permission("manage")
def ask_merge(id: UUID) -> ResponseReturnValue:
    """Lists likely duplicates, or the customers who match a search."""
    words = request.args.get("q", "").strip()[:100]
    with reading() as rows:
        customer = _found(rows, id)
        shop_id = signed_in().shop.id
        if words:
            found = customer_directory.page(rows, shop_id, tab="all", words=words, limit=CANDIDATES_SHOWN, offset=0)
        else:
            found = one_customer.likely_duplicates(rows, shop_id, id, limit=CANDIDATES_SHOWN)
    candidates = [one for one in found if one.id != id]
    return page_frame.page("shop/merge.html", customer=customer, candidates=candidates, search=words)


@bp.post("/merge")
@require_permission("manage")
def merge(id: UUID) -> ResponseReturnValue:
    """Merges the chosen duplicate into this customer."""
    me, duplicate = signed_in(), as_id(request.form.get("duplicate", ""))
    with acting() as rows:
        _found(rows, id)
        if duplicate is None or duplicate == id:
            flash("Choose the duplicate first.", "stop")
            return redirect(url_for("shop.customer_data.ask_merge", id=id), 303)
        _found(rows, duplicate)
        pending_tasks.add(rows, "merge_customers", id, duplicate, me.actor, shop_id=me.shop.id)
    flash("The customers are being merged. If that fails, you'll get a notification with the reason.", "good")
    return redirect(url_for("shop.customers.detail", id=id), 303)
