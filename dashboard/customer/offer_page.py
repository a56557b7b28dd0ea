"""The page of an offer: shows the time, takes a YES or NO, and shows what came of it."""

from __future__ import annotations

import structlog
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.catalogues import use_locale
from dashboard.customer.links import has_expired
from dashboard.customer.offer_state import MAY_ACCEPT, MAY_DECLINE, stage_of
from dashboard.customer.offer_texts import offer_texts
from dashboard.formatting import Style
from dashboard.page_dependencies import page_dependencies
from db import offer_answers
from db.offer_answers import OfferAnswer
from views import offer_pages
from views.offer_pages import OfferPage

log = structlog.get_logger()
bp = Blueprint("offer", __name__, url_prefix="/offer")

ALLOWED = {OfferAnswer.YES: MAY_ACCEPT, OfferAnswer.NO: MAY_DECLINE}


@bp.get("/<link_token:token>")
def show(token: str) -> ResponseReturnValue:
    """Shows the offer. Changes nothing, because mail scanners and link previews open every link."""
    with page_dependencies().reading() as session:
        page = _find(session, token)
    style, stage = Style(page.shop.timezone, page.locale), stage_of(page)
    return render_template(
        "customer/offer.html",
        page=page,
        stage=stage,
        style=style,
        words=offer_texts(page, stage, style),
        may_accept=stage in MAY_ACCEPT,
        may_decline=stage in MAY_DECLINE,
        token=token,
    )


@bp.post("/<link_token:token>")
def answer(token: str) -> ResponseReturnValue:
    """Takes the answer, `yes` or `no`, unless the offer is over. Idempotent; the page shows the result."""
    try:
        given = OfferAnswer(request.form.get("answer", ""))
    except ValueError:
        abort(400)
    with page_dependencies().transactions() as session:
        page = _find(session, token)
        allowed = stage_of(page) in ALLOWED[given]
        taken = allowed and offer_answers.request(session, given, offer_id=page.offer_id, shop_id=page.shop_id)
    log.info("offer_answered", offer=str(page.offer_id), answer=given.value, taken=taken)
    return redirect(url_for("offer.show", token=token), 303)


def _find(session: Session, token: str) -> OfferPage:
    page = offer_pages.offer_by_token(session, token)
    if page is None:
        abort(404)
    use_locale(page.locale)
    if has_expired(page.appointment.ends_at, now=page.now):
        abort(410)
    return page
