"""The shop's settings and its team."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame, settings_form
from dashboard.shop.form_result import FormResult
from dashboard.shop.session_access import acting, reading, require_permission, signed_in
from dashboard.shop.settings_form import LOCALES, NUMBERS, SWITCHES, TEMPLATES, WORDS
from dashboard.shop.text_preview import Preview, preview
from db import audit, shop_settings, staff_members
from domain.charging import currency_names
from domain.countries import country_names
from domain.message_variables import ShopVoice
from domain.money import minor_digits

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.get("")
def show() -> ResponseReturnValue:
    """Shows the settings to all staff."""
    with reading() as rows:
        kept = dict(shop_settings.settings_of(rows, signed_in().shop.id))
        people = staff_members.members(rows, signed_in().shop.id)
    values = shown(kept)
    return page(values, people, FormResult())


def shown(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The stored settings as values of the form."""
    return dict(kept) | {"deposit": _amount(kept)}


def _amount(kept: Mapping[str, Any]) -> str:
    digits = minor_digits(kept["currency"])
    amount = Decimal(kept["deposit_cents"]).scaleb(-digits)
    return f"{amount:.{digits}f}" if amount % 1 else str(int(amount))


def page(
    values: dict[str, Any],
    people: list[staff_members.Member],
    form: FormResult,
    *,
    newcomer: FormResult | None = None,
) -> Response:
    """The page with the values as typed; `newcomer` is the invitation form. Status 422 if either is invalid."""
    newcomer = newcomer or FormResult()
    previews = {name: _preview(name, values.get(name) or "", values) for name in TEMPLATES}
    answer = page_frame.page(
        "shop/settings.html",
        values=values,
        wrong=form.wrong,
        newcomer=newcomer,
        currencies=currency_names(),
        people=people,
        previews=previews,
        templates=TEMPLATES,
        numbers=NUMBERS,
        switches=SWITCHES,
        texts=WORDS,
        locales=LOCALES,
        countries=country_names(),
    )
    answer.status_code = 422 if form.wrong or newcomer.wrong else 200
    return answer


def _preview(name: str, source: str, values: Mapping[str, Any]) -> Preview:
    voice = ShopVoice(
        name=values["name"],
        timezone=values["timezone"],
        currency=values["currency"],
        locale=values["locale"],
        address=values["address"],
    )
    now, deposit = signed_in().now, int(values.get("deposit_cents") or 0)
    return preview(TEMPLATES[name][0], source, voice, now=now, deposit=deposit)


@bp.post("")
@require_permission("manage")
def save() -> ResponseReturnValue:
    """Saves the changed settings. They apply to new offers; open offers and holds keep their deadlines."""
    me, typed = signed_in(), settings_form.read(request.form)
    if typed.wrong:
        with reading() as rows:
            kept, people = shop_settings.settings_of(rows, me.shop.id), staff_members.members(rows, me.shop.id)
        return page(dict(kept) | dict(request.form) | typed.values, people, typed)
    with acting() as rows:
        kept = shop_settings.settings_of(rows, me.shop.id)
        changed = {name: value for name, value in typed.values.items() if kept[name] != value}
        if changed:
            shop_settings.change(rows, me.shop.id, changed)
            reason = f"Settings were changed: {', '.join(sorted(changed)).replace('_', ' ')}."
            audit.note(rows, event="SettingsChanged", reason=reason, shop_id=me.shop.id, actor=str(me.staff_id))
    if changed:
        flash("Saved. Applies to new offers.", "good")
    else:
        flash("No changes to save.", "calm")
    return redirect(url_for("shop.settings.show"), 303)


@bp.post("/preview")
@require_permission("manage")
def look() -> ResponseReturnValue:
    """Answers a preview of a text as JSON."""
    name = request.form.get("name", "")
    if name not in TEMPLATES:
        return jsonify(error="Unknown text"), 404
    with reading() as rows:
        values = dict(shop_settings.settings_of(rows, signed_in().shop.id))
    seen = _preview(name, request.form.get("source", "").replace("\0", "").strip()[:2000], values)
    return jsonify(text=seen.text, cost=seen.cost, own=seen.own, problems=seen.problems)
