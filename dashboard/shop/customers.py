"""To be filled."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from dashboard.shop import frame

bp = Blueprint("customers", __name__, url_prefix="/customers")


@bp.get("")
def listing() -> ResponseReturnValue:
    return frame.page("shop/overview.html")


@bp.get("/<uuid:id>")
def detail(id: UUID) -> ResponseReturnValue:
    return frame.page("shop/overview.html")
