"""The offer page, which shows the offered time, accepts a YES or NO, and shows the result."""

import structlog
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dashboard.customer.offer_state import MAY_ACCEPT, MAY_DECLINE, stage_of
from dashboard.customer.offer_texts import offer_texts
from dashboard.customer.opened_page import opened
from dashboard.formatting import Style
from dashboard.page_dependencies import page_dependencies
from db.recoveries import offer_answers
from db.recoveries.offer_answers import OfferAnswer
from views import offer_pages

log = structlog.get_logger()
bp = Blueprint("offer", __name__, url_prefix="/offer")

ALLOWED = {OfferAnswer.YES: MAY_ACCEPT, OfferAnswer.NO: MAY_DECLINE}


@bp.get("/<link_token:token>")
def show(token: str) -> ResponseReturnValue:
    """Shows the offer. Changes nothing, because mail scanners and link previews open every link."""
    with page_dependencies().reading() as session:
        page = opened(offer_pages.offer_by_token(session, token))
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
    """Accepts the reply `yes` or `no` unless the offer has ended. Idempotent. The page then shows the result."""
    try:
        given = OfferAnswer(request.form.get("answer", ""))
    except ValueError:
        abort(400)
    with page_dependencies().transactions() as session:
        page = opened(offer_pages.offer_by_token(session, token))
        allowed = stage_of(page) in ALLOWED[given]
        taken = allowed and offer_answers.request(session, given, offer_id=page.offer_id, shop_id=page.shop_id)
    log.info("offer_answered", offer=str(page.offer_id), answer=given.value, taken=taken)
    return redirect(url_for("offer.show", token=token), 303)
