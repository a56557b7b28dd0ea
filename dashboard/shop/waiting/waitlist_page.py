"""The waiting list, and the page on which staff add and remove the wishes of one customer."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, reading, require_permission, signed_in
from dashboard.shop.form_result import FormResult
from dashboard.shop.waiting import waitlist_form
from db.waitlist import waitlist
from domain.wishes import WEEKDAYS
from views import customer_directory, waitlist_entries

bp = Blueprint("waitlist", __name__)

SHOWN = 200


@bp.get("/waitlist")
def listing() -> ResponseReturnValue:
    """Shows the active entries in order."""
    with reading() as rows:
        found = waitlist_entries.waiting(rows, signed_in().shop.id, limit=SHOWN + 1)
    return page_frame.page("shop/waitlist.html", found=found[:SHOWN], more=len(found) > SHOWN, weekdays=WEEKDAYS)


@bp.get("/customers/<uuid:id>/waitlist")
def of_customer(id: UUID) -> ResponseReturnValue:
    """Shows the wishes of one customer and the form to add more wishes."""
    return _page(id, FormResult())


def _page(id: UUID, form: FormResult) -> ResponseReturnValue:
    shop = signed_in().shop
    with reading() as rows:
        customer = customer_directory.one(rows, shop.id, id)
        if customer is None:
            abort(404)
        found = waitlist_entries.of_customer(rows, shop.id, id, limit=SHOWN)
        services, performers = waitlist_entries.choices(rows, shop.id)
    return page_frame.form_page(
        "shop/customer_waitlist.html",
        customer=customer,
        found=found,
        services=services,
        performers=performers,
        form=form,
        typed=request.form,
        weekdays=WEEKDAYS,
    )


@bp.post("/customers/<uuid:id>/waitlist")
@require_permission("act")
def add(id: UUID) -> ResponseReturnValue:
    """Adds an entry with the customer's wishes."""
    me = signed_in()
    with acting() as rows:
        if customer_directory.one(rows, me.shop.id, id) is None:
            abort(404)
        choices, today = waitlist_entries.choices(rows, me.shop.id), waitlist.today(rows, me.shop.id)
        read = waitlist_form.read(request.form, *choices, today=today)
        if not read.wrong:
            wishes = waitlist_form.columns(read.values)
            if waitlist.add(rows, me.shop.id, id, wishes, source="staff", by=me.actor) is None:
                abort(404)
    if read.wrong:
        return _page(id, read)
    flash("Added to the waiting list.", "good")
    return redirect(url_for("shop.waitlist.of_customer", id=id), 303)


@bp.post("/waitlist/<uuid:id>/leave")
@require_permission("act")
def leave(id: UUID) -> ResponseReturnValue:
    """Removes an entry from the list, but keeps its row."""
    me = signed_in()
    with acting() as rows:
        entry = waitlist.one(rows, me.shop.id, id)
        if entry is None:
            abort(404)
        waitlist.leave(rows, me.shop.id, id, by=me.actor)
    flash("Removed from the waiting list.", "good")
    return redirect(url_for("shop.waitlist.of_customer", id=entry.customer_id), 303)
