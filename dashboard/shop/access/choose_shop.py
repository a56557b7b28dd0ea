"""Lets staff who work in several shops choose a shop after signing in, and switch shops later.

A signed cookie contains the digest of the address that received the code. Only shops with a staff member who has this
address are offered. Otherwise, an owner could enter another owner's number in their own team and switch to that shop.
"""

import secrets
from uuid import UUID

from flask import Blueprint, abort, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.page_dependencies import page_dependencies
from dashboard.shop import page_frame
from dashboard.shop.access.session_access import WORKS_AT, cookie_name, digest, keep, safe_path, signed_in
from db import audit
from db.access import staff_sessions
from db.access.staff_sessions import SignedIn
from views import workplaces
from views.customer_search import as_id
from views.workplaces import Workplace

bp = Blueprint("workplaces", __name__, url_prefix="/shops")


def remember(rows: Session, staff_id: UUID, channel: str) -> bool:
    """Stores the address digest at sign-in. Returns True if there are several shops to choose from."""
    proved = workplaces.proof(rows, staff_id, channel)
    several = len(workplaces.of_one(rows, staff_id, channel=channel, proved=proved)) > 1
    if several:
        session[WORKS_AT] = {"channel": channel, "proved": proved}
    return several


def known(rows: Session, staff_id: UUID) -> list[Workplace]:
    """The shops to which the address of this session gives access."""
    kept = session.get(WORKS_AT) or {"channel": "", "proved": ""}
    return workplaces.of_one(rows, staff_id, channel=kept["channel"], proved=kept["proved"])


def end_everywhere(rows: Session, me: SignedIn) -> None:
    """Ends all sessions of this person, in every shop."""
    staff_sessions.end_all(rows, staff_id=me.staff_id, shop_id=me.shop.id)
    for one in known(rows, me.staff_id):
        staff_sessions.end_all(rows, staff_id=one.staff_id, shop_id=one.shop_id)


@bp.get("")
def choose() -> ResponseReturnValue:
    """Lists the shops."""
    # This query spans several shops, so it can't use the dashboard's role. The address digest limits the result.
    with page_dependencies().reading() as rows:
        found = known(rows, signed_in().staff_id)
    return page_frame.page("shop/workplaces.html", found=found, next=safe_path(request.args.get("next")) or "")


@bp.post("")
def go() -> ResponseReturnValue:
    """Replaces the session with a session in another shop, with the same start and expiry."""
    token, wanted = secrets.token_urlsafe(32), request.form.get("staff", "")
    with page_dependencies().transactions() as rows:
        workplaces.hold(rows, signed_in().staff_id, *([one] if (one := as_id(wanted)) else []))
        there = next((one for one in known(rows, signed_in().staff_id) if str(one.staff_id) == wanted), None)
        if there is None:
            abort(404)
        former = digest(request.cookies.get(cookie_name(), ""))
        staff_sessions.switch_shop(rows, staff_id=there.staff_id, former=former, token_hash=digest(token))
        reason = "Switched from another shop."
        audit.note(rows, event="StaffSignedIn", reason=reason, shop_id=there.shop_id, actor=str(there.staff_id))
    place = safe_path(request.form.get("next")) or url_for("shop.overview.show")
    return keep(make_response(redirect(place, 303)), token)
