"""The page behind an invitation link.

Its button confirms the address and signs the member in. The link works only once.
"""

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from dashboard.page_dependencies import page_dependencies
from dashboard.shop.access.open_session import VerifiedAddress, open_session, redirect_with_session
from dashboard.shop.access.session_access import digest
from db.access import staff_invitations

bp = Blueprint("invitations", __name__, url_prefix="/app/invitations")


@bp.get("/<link_token:token>")
def show(token: str) -> ResponseReturnValue:
    """Asks for confirmation. Changes nothing, because mail scanners and link previews open every link."""
    with page_dependencies().reading() as rows:
        found = staff_invitations.find(rows, digest(token))
    if found is None:
        abort(410)
    return render_template("shop/invitation.html", invitation=found, token=token)


@bp.post("/<link_token:token>")
def confirm(token: str) -> ResponseReturnValue:
    """Confirms the address and signs the member in."""
    with page_dependencies().transactions() as rows:
        confirmed = staff_invitations.confirm(rows, digest(token))
        entered = None
        if confirmed is not None:
            proved = VerifiedAddress(confirmed.staff_id, confirmed.shop_id, confirmed.channel, confirmed.address)
            entered = open_session(rows, proved, reason="Accepted an invitation and signed in.")
    if entered is None:
        abort(410)
    return redirect_with_session(
        entered, url_for("shop.workplaces.choose" if entered.several else "shop.overview.show")
    )
