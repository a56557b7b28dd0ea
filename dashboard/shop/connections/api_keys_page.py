"""The keys of the HTTP API, for owners with a recent sign-in. A new key is shown only once."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dashboard.page_dependencies import page_dependencies
from dashboard.shop import page_frame
from dashboard.shop.access.session_access import (
    acting,
    reading,
    require_permission,
    require_recent_sign_in,
    signed_in,
)
from dashboard.shop.form_result import FormResult, too_long, typed
from dashboard.shop.settings.sections import BY_SLUG
from db.access import api_keys
from db.access.api_keys import NewKey

bp = Blueprint("api_keys", __name__, url_prefix="/settings/api-keys")

SCOPES = {"read": "Read only", "write": "Read and change"}
EXPIRIES = {"": "Never", "30": "After 30 days", "90": "After 90 days", "365": "After a year"}


@bp.get("")
@require_permission("manage")
@require_recent_sign_in
def listing() -> ResponseReturnValue:
    """Lists the keys, without their secrets."""
    return _page(FormResult({"scope": "write", "expires": ""}))


def _page(form: FormResult, new: NewKey | None = None) -> Response:
    with reading() as rows:
        keys = api_keys.listed(rows, signed_in().shop.id)
    return page_frame.form_page(
        "shop/settings/api_keys.html",
        section=BY_SLUG["api-keys"],
        keys=keys,
        form=form,
        new=new,
        scopes=SCOPES,
        expiries=EXPIRIES,
    )


@bp.post("")
@require_permission("manage")
@require_recent_sign_in
def create() -> ResponseReturnValue:
    """Creates a key. Only this response shows the key."""
    form, me = _read(), signed_in()
    if form.wrong:
        return _page(
            FormResult({name: typed(request.form, name) for name in ("label", "scope", "expires")}, form.wrong)
        )
    days = form.values["expires"]
    with acting() as rows:
        new = api_keys.create(
            rows,
            me.shop.id,
            label=form.values["label"],
            scope=form.values["scope"],
            live=page_dependencies().settings.environment == "production",
            by=me.actor,
            expires_in=timedelta(days=int(days)) if days else None,
        )
    return _page(FormResult({"scope": "write", "expires": ""}), new)


def _read() -> FormResult:
    read = FormResult()
    label, scope, expires = (typed(request.form, name) for name in ("label", "scope", "expires"))
    read.put("label", label, too_long(label, api_keys.LONGEST_LABEL) or (None if label else "Enter a name."))
    read.put("scope", scope, None if scope in SCOPES else "Choose from the list.")
    read.put("expires", expires, None if expires in EXPIRIES else "Choose from the list.")
    return read


@bp.post("/<uuid:id>/revoke")
@require_permission("manage")
@require_recent_sign_in
def revoke(id: UUID) -> ResponseReturnValue:
    """Revokes a key immediately."""
    me = signed_in()
    with acting() as rows:
        if api_keys.revoke(rows, id, by=me.actor, shop_id=me.shop.id) is None:
            abort(404)
    flash("Key revoked. Requests with this key are now rejected.", "good")
    return redirect(url_for("shop.api_keys.listing"), 303)
