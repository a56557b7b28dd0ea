"""The list of settings sections, and the page of each section that has a standard form."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, may, reading, require_permission, signed_in
from dashboard.shop.audit_entry import note_action
from dashboard.shop.form_result import FormResult
from dashboard.shop.settings.section import Kept, SettingsForm, SettingsSection
from dashboard.shop.settings.sections import BY_SLUG
from db.shops import shop_settings

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.get("")
def show() -> ResponseReturnValue:
    """Lists the sections."""
    return page_frame.page("shop/settings/index.html")


@bp.get("/<slug>")
def section(slug: str) -> ResponseReturnValue:
    """Shows one section to all staff. Only owners can change it."""
    one, form = _section(slug)
    kept = _kept()
    return _page(one, form, kept, form.shown(kept), FormResult())


@bp.post("/<slug>")
@require_permission("manage")
def save(slug: str) -> ResponseReturnValue:
    """Saves one section. Changes apply to new offers; open offers and holds keep their deadlines."""
    (one, form), me = _section(slug), signed_in()
    read = form.read(request.form)
    if read.wrong:
        return _page(one, form, _kept(), form.typed(request.form), read)
    with acting() as rows:
        kept = shop_settings.settings_of(rows, me.shop.id)
        changed = {name: value for name, value in read.values.items() if kept[name] != value}
        if changed:
            shop_settings.change(rows, me.shop.id, changed)
            names = ", ".join(field.label for field in form.fields if field.stored_in in changed)
            reason = f"Settings were changed: {one.name} ({names})."
            note_action(rows, "SettingsChanged", reason)
    if changed:
        flash(form.saved, "good")
    else:
        flash("No changes to save.", "calm")
    return redirect(url_for("shop.settings.section", slug=slug), 303)


def _section(slug: str) -> tuple[SettingsSection, SettingsForm]:
    found = BY_SLUG.get(slug)
    if found is None or found.form is None or (found.owners_only and not may("manage")):
        abort(404)
    return found, found.form


def _kept() -> dict[str, Any]:
    with reading() as rows:
        return dict(shop_settings.settings_of(rows, signed_in().shop.id))


def _page(one: SettingsSection, form: SettingsForm, kept: Kept, values: Kept, read: FormResult) -> Response:
    """Shows the section with the values as typed, with status 422 if a value is invalid."""
    extras = form.extras({**kept, **values}) if form.extras else {}
    answer = page_frame.page(
        form.template, section=one, form=form, values=values, wrong=read.wrong, fixed=not may("manage"), **extras
    )
    answer.status_code = 422 if read.wrong else 200
    return answer
