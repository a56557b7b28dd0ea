"""The page of staff notifications."""

import datetime as dt

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, reading, require_permission, signed_in
from dashboard.shop.recoveries import list_filters
from dashboard.shop.recoveries.list_filters import PAGE_SIZE
from views import page_versions, staff_notifications
from views.customer_search import as_id

bp = Blueprint("notices", __name__, url_prefix="/notifications")


@bp.get("")
def listing() -> ResponseReturnValue:
    """Lists all notifications, or with `show=unread` only the unread notifications."""
    filters, shop = list_filters.read(request.args), signed_in().shop
    unread = request.args.get("show") == "unread"
    with reading() as rows:
        version = page_versions.of_shop(rows, shop.id) if page_frame.part_only() else ""
        if old := page_frame.nothing_new(version, page_frame.SELDOM):
            return old
        offset = (filters.page - 1) * PAGE_SIZE
        found = staff_notifications.page(rows, shop.id, with_read=not unread, limit=PAGE_SIZE + 1, offset=offset)
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    return page_frame.page(
        "shop/notices.html",
        follows=url_for("shop.streams.of_shop"),
        version=version,
        found=found,
        more=more,
        unread=unread,
        filters=filters,
    )


@bp.post("/read")
@require_permission("act")
def read() -> ResponseReturnValue:
    """Marks one notification as read, or all notifications up to the time `until` in the form."""
    me = signed_in()
    with acting() as rows:
        if id := as_id(request.form.get("id", "")):
            staff_notifications.read_one(rows, me.shop.id, id)
        else:
            staff_notifications.read_all(rows, me.shop.id, until=_moment(request.form.get("until", ""), me.now))
    return redirect(url_for("shop.notices.listing"), 303)


def _moment(written: str, otherwise: dt.datetime) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(written)
    except ValueError:
        return otherwise
    return moment if moment.tzinfo else otherwise
