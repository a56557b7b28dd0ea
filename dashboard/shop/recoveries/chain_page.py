"""Shows a chain of slots: which customers moved, and how each freed time was sold."""

from uuid import UUID

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import reading, signed_in
from dashboard.shop.recoveries.status_labels import doing, stage_label
from views import chains

bp = Blueprint("chains", __name__, url_prefix="/slot-openings")


@bp.get("/<uuid:id>/chain")
def show(id: UUID) -> ResponseReturnValue:
    """Shows the chain to which this slot belongs."""
    with reading() as rows:
        chain = chains.chain_of(rows, signed_in().shop.id, id)
    if chain is None:
        abort(404)
    return page_frame.page("shop/chain.html", chain=chain, this=id, doing=doing, stage_words=stage_label)
