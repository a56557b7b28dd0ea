"""Adds and edits customers, with notes and tags for the team."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, reading, require_permission, signed_in
from dashboard.shop.form_result import FormResult, too_long, typed
from db.customers import customer_records
from db.customers.customer_records import CustomerDetails
from db.shops import shop_settings
from domain.email_address import parse as parse_email
from domain.phones.parsing import PhoneNumber, parse

bp = Blueprint("customer_form", __name__, url_prefix="/customers")

LONGEST = {"name": 120, "phone": 40, "email": 254, "note": 2000, "tags": 300}
LANGUAGES = {"": "The shop's language", "en": "English", "es": "Spanish", "fr": "French", "de": "German"}
MOST_TAGS, LONGEST_TAG = 20, 30
FIELDS = ("name", "phone", "email", "locale", "note", "tags")


@bp.get("/new")
@require_permission("act")
def ask() -> ResponseReturnValue:
    """Shows an empty form."""
    return _page(FormResult(dict.fromkeys(FIELDS, "")), None)


@bp.post("/new")
@require_permission("act")
def add() -> ResponseReturnValue:
    """Adds a customer. Staff record consent to texts on the customer's page."""
    me = signed_in()
    with acting() as rows:
        form = _read(rows, None)
        if form.wrong:
            return _page(_as_typed(form), None)
        id = customer_records.add(rows, me.shop.id, CustomerDetails(**form.values), by=me.actor)
    flash("Customer added. Record consent to offers, so that this customer can be asked.", "good")
    return redirect(url_for("shop.customers.detail", id=id), 303)


@bp.get("/<uuid:id>/edit")
@require_permission("act")
def edit(id: UUID) -> ResponseReturnValue:
    """Shows the customer's details in a form."""
    with reading() as rows:
        found = customer_records.details_of(rows, signed_in().shop.id, id)
    if found is None:
        abort(404)
    values = {name: getattr(found, name) or "" for name in FIELDS if name != "tags"}
    return _page(FormResult(values | {"tags": ", ".join(found.tags)}), id)


@bp.post("/<uuid:id>/edit")
@require_permission("act")
def change(id: UUID) -> ResponseReturnValue:
    """Saves the details. If the phone line changes, the new number requires new consent."""
    me = signed_in()
    with acting() as rows:
        if customer_records.details_of(rows, me.shop.id, id) is None:
            abort(404)
        form = _read(rows, id)
        if form.wrong:
            return _page(_as_typed(form), id)
        customer_records.change(rows, me.shop.id, id, CustomerDetails(**form.values), by=me.actor)
    flash("Saved.", "good")
    return redirect(url_for("shop.customers.detail", id=id), 303)


def _read(rows: Session, id: UUID | None) -> FormResult:
    form, fields = FormResult(), request.form
    name, note = typed(fields, "name"), typed(fields, "note")
    form.put("name", name, too_long(name, LONGEST["name"]) or (None if name else "Enter a name."))
    form.put("note", note or None, too_long(note, LONGEST["note"]))
    locale = typed(fields, "locale")
    form.put("locale", locale or None, None if locale in LANGUAGES else "Choose a language from the list.")
    _read_phone(rows, fields, form, id)
    email = typed(fields, "email")
    read = parse_email(email) if email else None
    wrong = "Enter an e-mail address like ana@example.com." if email and not read else None
    form.put("email", str(read) if read else None, wrong)
    _read_tags(typed(fields, "tags"), form)
    return form


def _read_phone(rows: Session, fields: Mapping[str, str], form: FormResult, id: UUID | None) -> None:
    phone, shop = typed(fields, "phone"), signed_in().shop
    if not phone:
        form.values["phone"] = None
        return
    read = parse(phone, country=shop_settings.country(rows, shop.id))
    if not isinstance(read, PhoneNumber):
        form.wrong["phone"] = read.reason
        return
    other = customer_records.with_line(rows, shop.id, read.e164, besides=id)
    form.put("phone", read.e164, f"{other.name or 'Another customer'} has this number." if other else None)


def _read_tags(text: str, form: FormResult) -> None:
    """Reads comma-separated tags. Drops duplicates."""
    tags = list(dict.fromkeys(tag for part in text.split(",") if (tag := " ".join(part.split()))))
    problem = too_long(text, LONGEST["tags"])
    if len(tags) > MOST_TAGS:
        problem = f"Use at most {MOST_TAGS} tags."
    elif any(len(tag) > LONGEST_TAG for tag in tags):
        problem = f"Shorten each tag to {LONGEST_TAG} characters, and separate tags with commas."
    form.put("tags", tuple(tags), problem)


def _as_typed(form: FormResult) -> FormResult:
    return FormResult({name: typed(request.form, name) for name in FIELDS}, form.wrong)


def _page(form: FormResult, id: UUID | None) -> ResponseReturnValue:
    return page_frame.form_page("shop/customer_form.html", form=form, customer_id=id, languages=LANGUAGES)
