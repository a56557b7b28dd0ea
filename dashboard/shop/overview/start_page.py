"""The checklist of a shop's first day, and the test offer to the member's own phone."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, reading, require_permission, signed_in
from dashboard.shop.audit_entry import note_action
from dashboard.shop.overview import first_day
from db.access import staff_members
from db.tasks import pending_tasks
from views.first_day import setup_of

bp = Blueprint("start", __name__, url_prefix="/start")


@bp.get("")
def show() -> ResponseReturnValue:
    """Lists the steps and describes the missing parts."""
    with reading() as rows:
        setup = setup_of(rows, signed_in().shop.id)
    steps = first_day.steps_of(setup)
    return page_frame.page(
        "shop/start.html", steps=steps, done=sum(step.done for step in steps), sends=bool(setup.sms_from)
    )


@bp.post("/test-offer")
@require_permission("act")
def test_offer() -> ResponseReturnValue:
    """Texts the offer to the phone of the signed-in member, at most once in five minutes."""
    me = signed_in()
    with acting() as rows:
        mine = next((one for one in staff_members.members(rows, me.shop.id) if one.id == me.staff_id), None)
        if mine is not None and mine.phone:
            pending_tasks.add(rows, "send_test_offer", me.staff_id, shop_id=me.shop.id)
            reason = "Requested a test offer to their own phone."
            note_action(rows, "TestOfferRequested", reason)
    if mine is None or not mine.phone:
        flash("Add your phone number on the Team page first.", "stop")
    else:
        phone = page_frame.shown_phone(mine.phone)
        flash(f"The test offer is on its way to {phone}. This takes a few seconds.", "good")
    return redirect(url_for("shop.start.show"), 303)
