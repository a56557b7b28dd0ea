"""Requests access to a calendar at Square or Google, to connect or reconnect the calendar.

Pages never call a provider. They store the encrypted authorization code, which a task exchanges for tokens.
"""

import secrets
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.page_dependencies import page_dependencies
from dashboard.security_headers import allow_forms_to
from dashboard.shop import page_frame
from dashboard.shop.access.session_access import (
    acting,
    reading,
    require_permission,
    require_recent_sign_in,
    signed_in,
)
from dashboard.shop.connections import calendar_form, connected_calendars_page
from dashboard.shop.form_result import FormResult, typed
from db.calendars import calendar_authorizations, calendar_pages, calendar_reconnects
from db.calendars.calendar_authorizations import BegunAuthorization
from domain.sign_in_codes import token_hash
from providers.calendars import oauth
from providers.calendars.credentials import CredentialBox, UnreadableCredentialsError
from providers.calendars.registry import PROVIDERS
from settings.calendars import CalendarSettings
from settings.loading import load

bp = Blueprint("calendar_access", __name__, url_prefix="/settings/calendars")

LONGEST = 2000
"""The maximum length of an authorization code or a state, in characters."""

FORGED = "This connection was already completed, was started elsewhere, or took too long. Please start again."


@bp.post("/authorize")
@require_permission("manage")
@require_recent_sign_in
def begin() -> ResponseReturnValue:
    """Redirects the browser to the provider, where the owner allows or denies access."""
    kind, me = request.form.get("kind", ""), signed_in()
    ours = calendar_form.our_application(kind)
    if ours is None:
        abort(400)
    form = calendar_form.read_details(request.form, kind)
    if form.wrong:
        return connected_calendars_page.show_form(kind, form, by_token=False)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    settings = calendar_form.settings_of(form) | ({"base_url": ours.base_url} if ours.base_url else {})
    with acting() as rows:
        begun = BegunAuthorization(_reconnects(rows, kind), form.values["name"], settings, _box({"v": verifier}))
        calendar_authorizations.begin(
            rows, begun, shop_id=me.shop.id, session_id=me.session_id, kind=kind, state_hash=token_hash(state)
        )
        _note(rows, begun.calendar_id, f"Access to a calendar was requested from {_label(kind)}.")
    url = oauth.authorization_url(kind, ours, redirect_uri=redirect_uri(kind), state=state, verifier=verifier)
    return redirect(url, 303)


def _reconnects(rows: Session, kind: str) -> UUID | None:
    """Returns the calendar that the form reconnects, or None for a new calendar."""
    given = typed(request.form, "calendar")
    if not given:
        return None
    try:
        found = calendar_pages.find(rows, signed_in().shop.id, UUID(given))
    except ValueError:
        found = None
    if found is None or found.kind != kind:
        abort(404)
    id: UUID = found.id
    return id


@bp.get("/<any(square, google):kind>/callback")
@require_permission("manage")
def callback(kind: str) -> ResponseReturnValue:
    """Handles the provider's redirect.

    The state is valid only once and only for the session that began the authorization.
    """
    me, state = signed_in(), request.args.get("state", "")[:LONGEST]
    with acting() as rows:
        begun = calendar_authorizations.take(
            rows, shop_id=me.shop.id, session_id=me.session_id, kind=kind, state_hash=token_hash(state)
        )
        if begun is None:
            flash(FORGED, "stop")
            return _to(None)
        code = request.args.get("code", "")
        if request.args.get("error") or not _is_code(code):
            return _refused(rows, kind, begun)
        return _store(rows, kind, begun, code)


def _is_code(code: str) -> bool:
    return 0 < len(code) <= LONGEST and all("!" <= character <= "~" for character in code)


def _refused(rows: Session, kind: str, begun: BegunAuthorization) -> Response:
    denied = request.args.get("error") == "access_denied"
    problem = f"{_label(kind)} did not grant access{': the request was denied' if denied else ''}."
    _note(rows, begun.calendar_id, problem)
    flash(problem if denied else f"{problem} Please start again.", "stop")
    return _to(begun.calendar_id)


def _store(rows: Session, kind: str, begun: BegunAuthorization, code: str) -> Response:
    """Stores the code. A task exchanges the code for tokens before the preview or the reconnection."""
    try:
        credentials = _box(_exchangeable(kind, begun, code))
        id = begun.calendar_id or calendar_pages.create(
            rows,
            signed_in().shop.id,
            kind=kind,
            name=begun.name,
            credentials=credentials,
            settings=begun.settings,
            entered=None,  # A code can be exchanged only once.
            by=signed_in().actor,
        )
    except (UnreadableCredentialsError, calendar_pages.TooManyCalendarsError) as error:
        flash(FORGED if isinstance(error, UnreadableCredentialsError) else calendar_form.TOO_MANY, "stop")
        return _to(begun.calendar_id)
    if begun.calendar_id:
        calendar_reconnects.propose(rows, signed_in().shop.id, id, credentials, by=signed_in().actor)
    return _to(id)


def _exchangeable(kind: str, begun: BegunAuthorization, code: str) -> dict[str, str]:
    """Returns the credentials that a calendar has until its code is exchanged. Raises UnreadableCredentialsError."""
    verifier = CredentialBox(load(CalendarSettings)).decrypt(begun.verifier)["v"]
    pkce = {"code_verifier": verifier} if oauth.AUTHORIZATIONS[kind].pkce else {}
    return {"authorization_code": code, "redirect_uri": redirect_uri(kind), **pkce}


@bp.get("/<uuid:id>/reconnect")
@require_permission("manage")
@require_recent_sign_in
def ask(id: UUID) -> ResponseReturnValue:
    """Shows the form for new credentials. Imported appointments are kept."""
    return _form(id, FormResult())


@bp.post("/<uuid:id>/reconnect")
@require_permission("manage")
@require_recent_sign_in
def reconnect(id: UUID) -> ResponseReturnValue:
    """Stores new credentials; a task checks and uses them."""
    form = FormResult()
    calendar_form.read_secrets(request.form, PROVIDERS[_find(id).kind], form)
    if form.wrong:
        return _form(id, form)
    credentials = _box(form.values["entered"].credentials)
    with acting() as rows:
        calendar_reconnects.propose(rows, signed_in().shop.id, id, credentials, by=signed_in().actor)
    return _to(id)


def _find(id: UUID) -> Any:
    with reading() as rows:
        return calendar_pages.find(rows, signed_in().shop.id, id) or abort(404)


def _form(id: UUID, form: FormResult) -> Response:
    calendar = _find(id)
    ours = calendar_form.our_application(calendar.kind)
    if ours is not None:
        allow_forms_to(oauth.origin(calendar.kind, ours))
    return page_frame.form_page(
        "shop/reconnect_calendar.html",
        calendar=calendar,
        provider=PROVIDERS[calendar.kind],
        access=oauth.AUTHORIZATIONS[calendar.kind] if ours else None,
        form=form,
        typed={"user_id": typed(request.form, "user_id")},
        where_from=PROVIDERS[calendar.kind].where,
    )


def redirect_uri(kind: str) -> str:
    """Returns the address that is registered with the provider. It does not depend on the request."""
    return f"{page_dependencies().settings.app_url}/app/settings/calendars/{kind}/callback"


def _label(kind: str) -> str:
    return oauth.AUTHORIZATIONS[kind].label


def _box(credentials: dict[str, str]) -> str:
    return CredentialBox(load(CalendarSettings)).encrypt(credentials)


def _note(rows: Session, id: UUID | None, reason: str) -> None:
    calendar_pages.note(rows, signed_in().shop.id, reason, id, by=signed_in().actor)


def _to(id: UUID | None) -> Response:
    """Redirects to the page of a calendar, or to the list."""
    listing = url_for("shop.connected_calendars.listing")
    answer: Any = redirect(url_for("shop.connected_calendars.show", id=id) if id else listing, 303)
    return answer  # type: ignore[no-any-return]
