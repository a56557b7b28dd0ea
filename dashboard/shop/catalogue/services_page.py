"""The pages on which owners add, change and deactivate services."""

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from sqlalchemy.orm import Session

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, reading, require_permission, signed_in
from dashboard.shop.form_result import FormResult, too_long, typed
from dashboard.shop.settings.typed_amount import amount_of, shown_amount, why_refused
from db.models import Performer, Service
from db.shop_rows import SERVICES
from db.shops import service_catalogue
from db.shops.service_catalogue import TooManyRowsError
from domain.charging import deposit_due

bp = Blueprint("services", __name__, url_prefix="/settings/services")

LONGEST_NAME = 120
LEAST_MINUTES, MOST_MINUTES = 5, 24 * 60
FIELDS = ("name", "duration_minutes", "price", "deposit")
NAME_TAKEN = "This name is already taken. Choose another name."
TOO_MANY = f"A shop can have at most {service_catalogue.MOST} entries. Change one that you no longer need."


@bp.get("")
@require_permission("manage")
def listing() -> ResponseReturnValue:
    """Shows the services and the form to add a service."""
    return _listing(FormResult())


def _listing(form: FormResult) -> Response:
    shop = signed_in().shop
    shop_id = shop.id
    with reading() as rows:
        services = service_catalogue.listed(rows, shop_id, Service)
        performers = [one for one in service_catalogue.listed(rows, shop_id, Performer) if one.active]
        limited = service_catalogue.services_by_performer(rows, shop_id)
    done_by = {
        service.id: [one for one in performers if one.id not in limited or service.id in limited[one.id]]
        for service in services
    }
    return page_frame.form_page(
        "shop/services.html",
        services=services,
        deposits={one.id: _deposit(one, shop) for one in services},
        done_by=done_by,
        everyone=len(performers),
        form=form,
    )


def _deposit(service: Row[Any], shop: Any) -> int:
    """Returns the deposit in minor units. It must not exceed the price."""
    agreed = shop.deposit_cents if service.deposit_cents is None else service.deposit_cents
    return deposit_due(agreed, shop.currency, price=service.price_cents)


@bp.post("")
@require_permission("manage")
def add() -> ResponseReturnValue:
    """Adds a service."""
    form, me = _read(), signed_in()
    with acting() as rows:
        check_name(rows, Service, form, besides=None)
        if not form.wrong:
            try:
                service_catalogue.add(rows, me.shop.id, SERVICES, form.values, by=me.actor)
            except TooManyRowsError:
                form.wrong["name"] = TOO_MANY
    if form.wrong:
        return _listing(_as_typed(form))
    flash(f"{form.values['name']} added.", "good")
    return redirect(url_for("shop.services.listing"), 303)


@bp.get("/<uuid:id>")
@require_permission("manage")
def show(id: UUID) -> ResponseReturnValue:
    """Shows the form to change a service."""
    with reading() as rows:
        service = _one(rows, id)
    currency = signed_in().shop.currency
    values = {
        "name": service.name,
        "duration_minutes": service.duration_minutes,
        "price": "" if service.price_cents is None else shown_amount(service.price_cents, currency),
        "deposit": "" if service.deposit_cents is None else shown_amount(service.deposit_cents, currency),
    }
    return _page(service, FormResult(values))


def _page(service: Row[Any], form: FormResult) -> Response:
    return page_frame.form_page("shop/service.html", service=service, form=form)


@bp.post("/<uuid:id>")
@require_permission("manage")
def change(id: UUID) -> ResponseReturnValue:
    """Changes a service. Booked appointments keep their price and length."""
    me = signed_in()
    with acting() as rows:
        service, form = _one(rows, id), _read()
        check_name(rows, Service, form, besides=id)
        if form.wrong:
            return _page(service, _as_typed(form))
        changed = [name for name, value in form.values.items() if getattr(service, name) != value]
        if changed:
            SERVICES.change(rows, me.shop.id, id, form.values, by=me.actor)
    flash(*(f"{form.values['name']} saved.", "good") if changed else ("No changes to save.", "calm"))
    return redirect(url_for("shop.services.listing"), 303)


@bp.post("/<uuid:id>/status")
@require_permission("manage")
def set_status(id: UUID) -> ResponseReturnValue:
    """Deactivates or reactivates a service."""
    active, me = request.form.get("active") == "1", signed_in()
    with acting() as rows:
        service = _one(rows, id)
        problem = activation_problem(rows, Service, service) if active else None
        if not problem:
            SERVICES.change(rows, me.shop.id, id, {"active": active}, by=me.actor)
    flash(
        *((problem, "stop") if problem else (f"{service.name} {'reactivated' if active else 'deactivated'}.", "good"))
    )
    return redirect(url_for("shop.services.listing"), 303)


def _read() -> FormResult:
    """Reads the form. An empty price or deposit becomes None. If the deposit is None, the shop's default deposit
    applies.
    """
    form, currency = FormResult(), signed_in().shop.currency
    read_name(form)
    minutes = typed(request.form, "duration_minutes")
    length = int(minutes) if re.fullmatch(r"[0-9]{1,5}", minutes) else 0
    fits = LEAST_MINUTES <= length <= MOST_MINUTES
    form.put("duration_minutes", length, None if fits else "Enter a length from 5 minutes to 24 hours, in minutes.")
    for name in ("price", "deposit"):
        text = typed(request.form, name)
        cents = amount_of(text, currency) if text else None
        problem = why_refused(cents, currency) if text else None
        form.put(name if problem else f"{name}_cents", cents, problem)
    price, deposit = form.values.get("price_cents"), form.values.get("deposit_cents")
    if price is not None and deposit is not None and deposit > price:
        form.wrong["deposit"] = "Enter a deposit that is not higher than the price."
    return form


def read_name(form: FormResult) -> None:
    """Adds the name, or its error, to the form."""
    name = typed(request.form, "name")
    form.put("name", name, too_long(name, LONGEST_NAME) if name else "Enter a name.")


def check_name(rows: Session, model: service_catalogue.Catalogued, form: FormResult, *, besides: UUID | None) -> None:
    """Adds an error if another active row has the same name."""
    name, shop_id = form.values.get("name"), signed_in().shop.id
    if name and service_catalogue.name_taken(rows, shop_id, model, name, besides=besides):
        form.wrong["name"] = NAME_TAKEN


def activation_problem(rows: Session, model: service_catalogue.Catalogued, row: Row[Any]) -> str | None:
    """Returns the reason why the row can't be reactivated, or None if it can."""
    taken = service_catalogue.name_taken(rows, signed_in().shop.id, model, row.name, besides=row.id)
    return NAME_TAKEN if taken else None


def _as_typed(form: FormResult) -> FormResult:
    return FormResult({name: typed(request.form, name) for name in FIELDS}, form.wrong)


def _one(rows: Session, id: UUID) -> Row[Any]:
    found = service_catalogue.find(rows, signed_in().shop.id, Service, id)
    return found if found is not None else abort(404)
