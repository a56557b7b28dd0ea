"""Where the link of an invitation leads: a button that confirms the address and signs in, once."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop.entering import Proved, go_on, open_session
from dashboard.shop.signed_in import digest
from dashboard.wiring import wiring
from db.dashboard import invitations

bp = Blueprint("invitations", __name__, url_prefix="/app/invitations")


@bp.get("/<link_token:token>")
def show(token: str) -> ResponseReturnValue:
    """Asks. Mail scanners and link previews open every link, so that opening it changes nothing."""
    with wiring().reading() as rows:
        found = invitations.find(rows, digest(token))
    if found is None:
        abort(410)
    return render_template("shop/invitation.html", invitation=found, token=token)


@bp.post("/<link_token:token>")
def confirm(token: str) -> ResponseReturnValue:
    """The address counts from now on; whoever holds the link is signed in."""
    with wiring().transactions() as rows:
        confirmed = invitations.confirm(rows, digest(token))
        entered = None
        if confirmed is not None:
            proved = Proved(confirmed.staff_id, confirmed.shop_id, confirmed.channel, confirmed.address)
            entered = open_session(rows, proved, because="Somebody confirmed their invitation and signed in with it.")
    if entered is None:
        abort(410)
    return go_on(entered, url_for("shop.workplaces.choose" if entered.several else "shop.overview.show"))
