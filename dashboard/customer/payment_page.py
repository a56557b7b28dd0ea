"""The payment page, with the amount due, its deadline, the card form, and the result."""

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from dashboard.catalogues import translate
from dashboard.customer.opened_page import opened
from dashboard.customer.payment_state import WAITING, PayStage, attempts_left, stage_of, waits
from dashboard.customer.payment_texts import payment_texts
from dashboard.formatting import Style, milliseconds
from dashboard.page_dependencies import page_dependencies
from dashboard.security_headers import allow_card_form
from providers.stripe.decline_codes import meaning_of_decline
from views import public_pages
from views.public_pages import PaymentPage

bp = Blueprint("pay", __name__, url_prefix="/pay")


@bp.get("/<link_token:token>")
def show(token: str) -> ResponseReturnValue:
    """Shows the payment. A script polls `status_json` and reloads the page when the stage changes."""
    page = _find(token)
    stage = _stage(page)
    if stage is PayStage.DUE:
        allow_card_form()
    style = Style(page.shop.timezone, page.locale)
    settings = page_dependencies().settings
    return render_template(
        "customer/pay.html",
        page=page,
        stage=stage,
        style=style,
        words=payment_texts(page, stage, style, waits=waits(page)),
        waits=waits(page) or stage in WAITING,
        attempts_left=attempts_left(page),
        notice=_notice(page),
        stripe_js_url=settings.stripe_js_url,
        publishable_key=settings.stripe_publishable_key,
        token=token,
    )


@bp.get("/<link_token:token>/status")
def status_json(token: str) -> ResponseReturnValue:
    """Returns the stage, and the database's time and the deadline in milliseconds since 1970."""
    page = _find(token)
    return jsonify(
        stage=stage_of(page),
        now=milliseconds(page.now),
        until=page.expires_at and milliseconds(page.expires_at),
        failures=page.failures,
        attemptsLeft=attempts_left(page),
        notice=_notice(page),
    )


def _find(token: str) -> PaymentPage:
    with page_dependencies().reading() as session:
        return opened(public_pages.payment_by_token(session, token))


def _stage(page: PaymentPage) -> PayStage:
    """Returns the page's stage. The bank's redirect sets `redirect_status` before Stripe's webhook arrives."""
    stage, redirect_status = stage_of(page), request.args.get("redirect_status")
    return PayStage.CONFIRMING if stage is PayStage.DUE and redirect_status == "succeeded" else stage


def _notice(page: PaymentPage) -> str | None:
    """Returns the reason for the last decline in the customer's language, or None."""
    if not page.failures and not page.failure_code:
        return None
    return translate(meaning_of_decline(page.failure_code).customer)
