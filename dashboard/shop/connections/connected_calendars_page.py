"""The pages of connected booking systems. Only owners can view them, and changes require a recent sign-in.

Pages never call a provider. Instead, tasks call the provider, and pages show the results.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

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
from dashboard.shop.connections import calendar_form
from dashboard.shop.form_result import FormResult, too_long, typed
from dashboard.shop.recoveries.status_labels import StatusLabel
from db.calendars import calendar_pages
from domain.plurals import counted
from providers.calendars import oauth
from providers.calendars.credentials import CredentialBox
from providers.calendars.registry import PROVIDERS
from settings.calendars import CalendarSettings
from settings.loading import load

bp = Blueprint("connected_calendars", __name__, url_prefix="/settings/calendars")

SHOWN = 20
RELOAD_SECONDS = 3
"""The time between two reloads of a page that waits for a task's result, in seconds."""

ACTIVE = StatusLabel("good", "check", "Connected")
PAUSED = StatusLabel("wait", "clock", "Paused")
BROKEN = StatusLabel("stop", "alert", "Access lost")
STAGES = {
    "preview": StatusLabel("wait", "clock", "Not imported yet"),
    "disconnecting": StatusLabel("wait", "clock", "Disconnecting"),
}
RECONNECTING = StatusLabel("wait", "clock", "Reconnecting")
STATUSES = {"active": ACTIVE, "paused": PAUSED, "broken": BROKEN}


def state_of(calendar: Row[Any]) -> StatusLabel:
    """Returns the status label of a calendar."""
    if calendar.settings.get("reconnecting"):
        return RECONNECTING
    return STAGES.get(calendar.settings.get("stage", "")) or STATUSES[calendar.status]


@bp.get("")
@require_permission("manage")
def listing() -> ResponseReturnValue:
    """Shows the calendars of the shop, and the booking systems that can be connected."""
    with reading() as rows:
        calendars = calendar_pages.all_of(rows, signed_in().shop.id)
        found = calendar_pages.found_in(rows, signed_in().shop.id)
    return page_frame.page(
        "shop/connected_calendars.html",
        calendars=calendars,
        found=found,
        providers=PROVIDERS,
        state_of=state_of,
        counted=counted,
    )


@bp.get("/connect")
@require_permission("manage")
@require_recent_sign_in
def ask() -> ResponseReturnValue:
    """Shows the form for the booking system `kind` in the query. `by=token` shows the form for a token."""
    kind = request.args.get("kind", "")
    if kind not in PROVIDERS:
        return redirect(url_for("shop.connected_calendars.listing"), 303)
    return show_form(kind, FormResult(), by_token=request.args.get("by") == "token")


def show_form(kind: str, form: FormResult, *, by_token: bool) -> Response:
    """Shows the form with all typed values except secrets."""
    ours = calendar_form.our_application(kind)
    by_click = ours is not None and not by_token
    if ours is not None and by_click:
        allow_forms_to(oauth.origin(kind, ours))
    return page_frame.form_page(
        "shop/connect_calendar.html",
        kind=kind,
        provider=PROVIDERS[kind],
        access=oauth.AUTHORIZATIONS[kind] if ours else None,
        by_click=by_click,
        form=form,
        typed={name: typed(request.form, name) for name in ("name", *calendar_form.DETAILS, "user_id")},
        where_from=PROVIDERS[kind].where,
    )


@bp.post("/connect")
@require_permission("manage")
@require_recent_sign_in
def connect() -> ResponseReturnValue:
    """Stores the encrypted credentials and starts the preview. Nothing is imported yet.

    The same form sent twice shows the same calendar.
    """
    kind = request.form.get("kind", "")
    if kind not in PROVIDERS:
        abort(400)
    form, me = calendar_form.read(request.form, kind), signed_in()
    if form.wrong:
        return show_form(kind, form, by_token=True)
    box, secrets = CredentialBox(load(CalendarSettings)), form.values["entered"].credentials
    settings = calendar_form.settings_of(form)
    try:
        with acting() as rows:
            id = calendar_pages.create(
                rows,
                me.shop.id,
                kind=kind,
                name=form.values["name"],
                credentials=box.encrypt(secrets),
                settings=settings,
                entered=box.digest({"kind": kind, "settings": settings, "secrets": secrets}),
                by=me.actor,
            )
    except calendar_pages.TooManyCalendarsError:
        form.wrong["name"] = calendar_form.TOO_MANY
        return show_form(kind, form, by_token=True)
    return _to(id)


@bp.get("/<uuid:id>")
@require_permission("manage")
def show(id: UUID) -> ResponseReturnValue:
    """Shows a calendar's preview until the import starts, then its contents."""
    return _one(id)


def _one(id: UUID, *, wrong: dict[str, str] | None = None) -> Response:
    with reading() as rows:
        calendar = calendar_pages.find(rows, signed_in().shop.id, id)
        if calendar is None:
            abort(404)
        found = calendar_pages.found_in(rows, signed_in().shop.id).get(id)
        left_out = calendar_pages.not_mirrored(rows, signed_in().shop.id, id, limit=SHOWN)
    answer = page_frame.page(
        "shop/connected_calendar.html",
        calendar=calendar,
        provider=PROVIDERS[calendar.kind],
        found=found,
        left_out=left_out,
        stage=calendar.settings.get("stage", ""),
        preview=calendar.settings.get("preview"),
        webhook_url=f"{page_dependencies().settings.app_url}/api/calendars/{id}/webhook",
        consent=typed(request.form, "consent"),
        wrong=wrong or {},
        state_of=state_of,
        counted=counted,
    )
    answer.status_code = 422 if wrong else 200
    if _awaits_a_task(calendar):
        answer.headers["Refresh"] = str(RELOAD_SECONDS)
    return answer


def _awaits_a_task(calendar: Row[Any]) -> bool:
    stage = calendar.settings.get("stage")
    if calendar.settings.get("reconnecting"):
        return True
    return stage == "disconnecting" or (stage == "preview" and not calendar.settings.get("preview"))


@bp.post("/<uuid:id>/import")
@require_permission("manage")
@require_recent_sign_in
def start(id: UUID) -> ResponseReturnValue:
    """Imports the appointments that the preview counted. From then on, the calendar is read regularly."""
    consent = typed(request.form, "consent")
    if problem := too_long(consent, calendar_form.LONGEST_CONSENT):
        return _one(id, wrong={"consent": problem})
    importing = partial(calendar_pages.start, consent=consent)
    message = "Import started. Reload to see the result."
    return _act(id, importing, message, otherwise="Wait until the preview is complete.")


@bp.post("/<uuid:id>/preview")
@require_permission("manage")
@require_recent_sign_in
def preview(id: UUID) -> ResponseReturnValue:
    """Counts the appointments again."""
    otherwise = "This calendar has already been imported."
    return _act(id, calendar_pages.preview_again, "Counting again.", otherwise=otherwise)


@bp.post("/<uuid:id>/pause")
@require_permission("manage")
@require_recent_sign_in
def pause(id: UUID) -> ResponseReturnValue:
    """Pauses the calendar, which is neither read nor written until it is resumed."""
    return _act(id, calendar_pages.pause, "Paused. Nothing is read or written until you resume the calendar.")


@bp.post("/<uuid:id>/resume")
@require_permission("manage")
@require_recent_sign_in
def resume(id: UUID) -> ResponseReturnValue:
    """Resumes the calendar, which is read and written again."""
    return _act(id, calendar_pages.resume, "Resumed. Syncing now.")


@bp.post("/<uuid:id>/sync")
@require_permission("manage")
@require_recent_sign_in
def sync(id: UUID) -> ResponseReturnValue:
    """Starts a task that reads all changes immediately."""
    message = "Syncing now. Reload to see the result."
    return _act(id, calendar_pages.sync, message, otherwise="Resume the calendar first.")


@bp.post("/<uuid:id>/disconnect")
@require_permission("manage")
@require_recent_sign_in
def disconnect(id: UUID) -> ResponseReturnValue:
    """Disconnects the calendar, removes its webhooks and deletes its credentials. Its appointments are kept."""
    _act(id, calendar_pages.disconnect, "“{name}” is being disconnected.")
    return redirect(url_for("shop.connected_calendars.listing"), 303)


def _act(
    id: UUID, change: Callable[..., bool], message: str, *, otherwise: str = "Nothing changed."
) -> ResponseReturnValue:
    """Shows the message, which may contain {name}, if `change` changed the calendar, and `otherwise` if not."""
    me = signed_in()
    with acting() as rows:
        calendar = calendar_pages.find(rows, me.shop.id, id)
        if calendar is None:
            abort(404)
        done = change(rows, me.shop.id, id, by=me.actor)
    flash(message.format(name=calendar.name) if done else otherwise)
    return _to(id)


def _to(id: UUID) -> Response:
    answer: Any = redirect(url_for("shop.connected_calendars.show", id=id), 303)
    return answer  # type: ignore[no-any-return]
