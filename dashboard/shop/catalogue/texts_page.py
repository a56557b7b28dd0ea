"""The pages on which a shop replaces the default wording of customer messages, in every language."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, reading, require_permission, signed_in
from dashboard.shop.audit_entry import note_action
from dashboard.shop.catalogue.text_labels import LANGUAGES, NAMES, REGIONS, VARIABLES
from dashboard.shop.catalogue.text_preview import Preview, preview
from dashboard.shop.form_result import FormResult, typed
from db.shops import shop_settings, shop_texts
from domain.date_wording import language_of
from domain.message_variables import ShopVoice
from domain.templates import TEMPLATES, TextKind
from domain.templating import LONGEST_SOURCE, check_template

bp = Blueprint("texts", __name__, url_prefix="/settings/texts")


@bp.get("")
def listing() -> ResponseReturnValue:
    """Lists all texts in one language as customers read them."""
    kept, own = _stored()
    language = _language(kept)
    texts = [
        (kind, *NAMES[kind], _preview(kind, own.get((kind.value, language), ""), kept, language)) for kind in NAMES
    ]
    return page_frame.page("shop/texts.html", texts=texts, chosen=language, languages=LANGUAGES)


@bp.get("/<kind>")
def show(kind: str) -> ResponseReturnValue:
    """Shows one text with its variables and a preview."""
    kept, own = _stored()
    source = own.get((_kind(kind).value, _language(kept)), "")
    return _page(_kind(kind), kept, source, FormResult())


@bp.post("/<kind>")
@require_permission("manage")
def save(kind: str) -> ResponseReturnValue:
    """Saves the shop's own wording. An empty wording restores the default."""
    me, one = signed_in(), _kind(kind)
    kept, own = _stored()
    language = _language(kept)
    source = "" if request.form.get("default") else typed(request.form, "source")
    problems = check_template(one, source) if source else []
    if problems:
        return _page(one, kept, source, FormResult(wrong={"source": " ".join(problems)}))
    here = url_for("shop.texts.listing", language=language, _anchor=one.value)
    if source == own.get((one.value, language), ""):
        flash("No changes to save.", "calm")
        return redirect(here, 303)
    with acting() as rows:
        shop_texts.save(rows, me.shop.id, one.value, language, source or None)
        _clear_column(kept, one, language, rows)
        reason = f"The text “{NAMES[one][0]}” was changed ({LANGUAGES[language]})."
        note_action(rows, "SettingsChanged", reason)
    flash("Saved. Applies to new texts." if source else "Saved. The default text applies again.", "good")
    return redirect(here, 303)


@bp.post("/preview")
@require_permission("manage")
def look() -> ResponseReturnValue:
    """Returns a preview of a text as JSON."""
    kept, _ = _stored()
    source = request.form.get("source", "").replace("\0", "").strip()[: 2 * LONGEST_SOURCE]
    seen = _preview(_kind(request.form.get("name", "")), source, kept, _language(kept))
    return jsonify(text=seen.text, cost=seen.cost, own=seen.own, problems=seen.problems)


def _stored() -> tuple[dict[str, Any], dict[tuple[str, str], str]]:
    """Returns the settings and the shop's own templates, including the templates in the settings.

    The templates in the settings are in the shop's language, and can also be set by other tools.
    """
    with reading() as rows:
        kept = dict(shop_settings.settings_of(rows, signed_in().shop.id))
        own = shop_texts.of_shop(rows, signed_in().shop.id)
    language = language_of(kept["locale"])
    columns = {(kind.value, language): kept.get(f"template_{kind.value}") for kind in NAMES}
    return kept, {key: body for key, body in columns.items() if body} | own


def _clear_column(kept: Mapping[str, Any], kind: TextKind, language: str, rows: Any) -> None:
    """Clears the template in the settings, because the wording from this page replaces it."""
    column = f"template_{kind.value}"
    if kept.get(column) and language == language_of(kept["locale"]):
        shop_settings.change(rows, signed_in().shop.id, {column: None})


def _kind(name: str) -> TextKind:
    found = next((kind for kind in NAMES if kind.value == name), None)
    if found is None:
        abort(404)
    return found


def _language(kept: Mapping[str, Any]) -> str:
    """Returns the requested language, or else the shop's language."""
    wanted = request.values.get("language", "")
    return wanted if wanted in LANGUAGES else language_of(kept["locale"])


def _preview(kind: TextKind, source: str, kept: Mapping[str, Any], language: str) -> Preview:
    own_language = language == language_of(kept["locale"])
    voice = ShopVoice(
        name=kept["name"],
        timezone=kept["timezone"],
        currency=kept["currency"],
        locale=kept["locale"] if own_language else REGIONS[language],
        address=kept["address"],
    )
    voice = replace(voice, phone=kept["phone"])
    return preview(kind, source, voice, now=signed_in().now, deposit=kept["deposit_cents"])


def _page(kind: TextKind, kept: Mapping[str, Any], source: str, form: FormResult) -> Response:
    """Shows the form with the text as typed, with status 422 if it is invalid."""
    language, template = _language(kept), TEMPLATES[kind]
    answer = page_frame.page(
        "shop/text.html",
        kind=kind.value,
        name=NAMES[kind][0],
        lead=NAMES[kind][1],
        chosen=language,
        languages=LANGUAGES,
        source=source,
        default=template.defaults[language],
        variables=[
            (name, VARIABLES[name], name in template.required) for name in VARIABLES if name in template.variables
        ],
        seen=_preview(kind, source, kept, language),
        wrong=form.wrong,
        longest=LONGEST_SOURCE,
    )
    answer.status_code = 422 if form.wrong else 200
    return answer
