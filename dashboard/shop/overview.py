"""The first page: how the recovery of slots went this week and this month."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from dashboard.shop import frame

bp = Blueprint("overview", __name__)


@bp.get("/")
def show() -> ResponseReturnValue:
    """Figures, each with the list behind it."""
    return frame.page("shop/overview.html")
