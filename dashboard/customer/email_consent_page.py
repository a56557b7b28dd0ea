"""The page behind the link in an e-mail that confirms consent to e-mails."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dashboard.catalogues import use_locale
from dashboard.page_dependencies import page_dependencies
from db.customers import email_consent_links
from db.customers.email_consent_links import EmailToConfirm
from domain.join_consent import proves_email

bp = Blueprint("email_consent", __name__, url_prefix="/waitlist")


@bp.get("/<link_token:token>/email/<link_token:proof>")
def show(token: str, proof: str) -> ResponseReturnValue:
    """Shows the wording and a button. Changes nothing, because mail scanners open every link."""
    found = _find(token, proof)
    page = {"shop": {"name": found.shop}}
    return render_template("customer/email_consent.html", page=page, found=found, token=token, proof=proof)


@bp.post("/<link_token:token>/email/<link_token:proof>")
def confirm(token: str, proof: str) -> ResponseReturnValue:
    """Records the consent. Idempotent. Requires no sign-in, because only the e-mail contains `proof`."""
    found = _find(token, proof)
    with page_dependencies().transactions() as rows:
        if found.valid:
            email_consent_links.confirm(rows, found)
    return redirect(url_for("email_consent.show", token=token, proof=proof), 303)


def _find(token: str, proof: str) -> EmailToConfirm:
    with page_dependencies().reading() as rows:
        found = email_consent_links.by_token(rows, token)
    keys = page_dependencies().settings.secret_keys
    if found is None or not proves_email(proof, keys=keys, entry_id=found.entry_id, email=found.email):
        abort(404)
    use_locale(found.locale)
    if not found.valid and found.confirmed_at is None:
        abort(410)
    return found
