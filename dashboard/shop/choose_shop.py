"""For a person who works in several shops: which of them to go to, after the sign-in and later on.

A browser keeps, signed, the digest of the address its code was sent to. Only what that address opens is offered, so
that nobody gets into another shop by writing its owner's number into a row of their own.
"""

from __future__ import annotations

import secrets
from uuid import UUID

from flask import Blueprint, abort, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.page_dependencies import page_dependencies
from dashboard.shop import page_frame
from dashboard.shop.session_access import WORKS_AT, cookie_name, digest, inside, keep, signed_in
from db import audit, staff_sessions
from db.staff_sessions import SignedIn
from views import workplaces
from views.customer_search import as_id
from views.workplaces import Workplace

bp = Blueprint("workplaces", __name__, url_prefix="/shops")


def remember(rows: Session, staff_id: UUID, channel: str) -> bool:
    """At the sign-in. True where there is more than one shop to choose from."""
    proved = workplaces.proof(rows, staff_id, channel)
    several = len(workplaces.of_one(rows, staff_id, channel=channel, proved=proved)) > 1
    if several:
        session[WORKS_AT] = {"channel": channel, "proved": proved}
    return several


def known(rows: Session, staff_id: UUID) -> list[Workplace]:
    """Those of this person, as far as this browser has shown that it is they."""
    kept = session.get(WORKS_AT) or {"channel": "", "proved": ""}
    return workplaces.of_one(rows, staff_id, channel=kept["channel"], proved=kept["proved"])


def end_everywhere(rows: Session, me: SignedIn) -> None:
    """In every shop."""
    staff_sessions.end_all(rows, staff_id=me.staff_id, shop_id=me.shop.id)
    for one in known(rows, me.staff_id):
        staff_sessions.end_all(rows, staff_id=one.staff_id, shop_id=one.shop_id)


@bp.get("")
def choose() -> ResponseReturnValue:
    """The shops, and the one whose pages these are."""
    # Of several shops, hence not as the dashboard's role; what may be seen is decided by the address.
    with page_dependencies().reading() as rows:
        found = known(rows, signed_in().staff_id)
    return page_frame.page("shop/workplaces.html", found=found, next=inside(request.args.get("next")) or "")


@bp.post("")
def go() -> ResponseReturnValue:
    """A session there, in place of the one here: as old as this one, and over when it would be over."""
    token, wanted = secrets.token_urlsafe(32), request.form.get("staff", "")
    with page_dependencies().transactions() as rows:
        workplaces.hold(rows, signed_in().staff_id, *([one] if (one := as_id(wanted)) else []))
        there = next((one for one in known(rows, signed_in().staff_id) if str(one.staff_id) == wanted), None)
        if there is None:
            abort(404)
        former = digest(request.cookies.get(cookie_name(), ""))
        staff_sessions.switch_shop(rows, staff_id=there.staff_id, former=former, token_hash=digest(token))
        reason = "Somebody came over from another shop they work in."
        audit.note(rows, event="StaffSignedIn", reason=reason, shop_id=there.shop_id, actor=str(there.staff_id))
    place = inside(request.form.get("next")) or url_for("shop.overview.show")
    return keep(make_response(redirect(place, 303)), token)
