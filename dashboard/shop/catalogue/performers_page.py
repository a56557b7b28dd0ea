"""The pages on which owners add, change and deactivate performers: people and rooms whose time is booked."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from sqlalchemy.orm import Session

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, reading, require_permission, signed_in
from dashboard.shop.catalogue.services_page import TOO_MANY, activation_problem, check_name, read_name
from dashboard.shop.form_result import FormResult, typed
from db.models import Performer, Service
from db.shop_rows import PERFORMERS
from db.shops import service_catalogue
from db.shops.service_catalogue import TooManyRowsError
from views.customer_search import as_id

bp = Blueprint("performers", __name__, url_prefix="/settings/performers")


@bp.get("")
@require_permission("manage")
def listing() -> ResponseReturnValue:
    """Shows the performers and the form to add a performer."""
    return _listing(FormResult())


def _listing(form: FormResult) -> Response:
    shop_id = signed_in().shop.id
    with reading() as rows:
        performers = service_catalogue.listed(rows, shop_id, Performer)
        services = {one.id: one.name for one in service_catalogue.listed(rows, shop_id, Service) if one.active}
        limited = service_catalogue.services_by_performer(rows, shop_id)
    does = {id: [name for service, name in services.items() if service in chosen] for id, chosen in limited.items()}
    return page_frame.form_page("shop/performers.html", performers=performers, does=does, form=form)


@bp.post("")
@require_permission("manage")
def add() -> ResponseReturnValue:
    """Adds a performer who provides all services."""
    form, me = FormResult(), signed_in()
    read_name(form)
    with acting() as rows:
        check_name(rows, Performer, form, besides=None)
        if not form.wrong:
            try:
                service_catalogue.add(rows, me.shop.id, PERFORMERS, form.values, by=me.actor)
            except TooManyRowsError:
                form.wrong["name"] = TOO_MANY
    if form.wrong:
        return _listing(FormResult({"name": typed(request.form, "name")}, form.wrong))
    return _back(f"{form.values['name']} added.")


@bp.get("/<uuid:id>")
@require_permission("manage")
def show(id: UUID) -> ResponseReturnValue:
    """Shows the form to rename a performer and to choose the services."""
    with reading() as rows:
        performer = _one(rows, id)
        chosen = service_catalogue.services_by_performer(rows, signed_in().shop.id).get(id, set())
    return _page(performer, FormResult({"name": performer.name, "services": chosen}))


def _page(performer: Row[Any], form: FormResult) -> Response:
    with reading() as rows:
        services = service_catalogue.listed(rows, signed_in().shop.id, Service)
    offered = [one for one in services if one.active or one.id in form.values["services"]]
    return page_frame.form_page("shop/performer.html", performer=performer, services=offered, form=form)


@bp.post("/<uuid:id>")
@require_permission("manage")
def change(id: UUID) -> ResponseReturnValue:
    """Renames a performer and replaces the services."""
    chosen = {service for text in request.form.getlist("services") if (service := as_id(text))}
    form, me = FormResult(), signed_in()
    read_name(form)
    with acting() as rows:
        performer = _one(rows, id)
        check_name(rows, Performer, form, besides=id)
        if form.wrong:
            return _page(performer, FormResult({"name": typed(request.form, "name"), "services": chosen}, form.wrong))
        name, before = form.values["name"], service_catalogue.services_by_performer(rows, me.shop.id).get(id, set())
        changed = [what for what, new in (("name", name != performer.name), ("services", chosen != before)) if new]
        if "name" in changed:
            PERFORMERS.change(rows, me.shop.id, id, {"name": name}, by=me.actor)
        if "services" in changed:
            service_catalogue.set_services(rows, me.shop.id, id, chosen, by=me.actor)
    return _back(f"{name} saved.") if changed else _back("No changes to save.", tone="calm")


@bp.post("/<uuid:id>/status")
@require_permission("manage")
def set_status(id: UUID) -> ResponseReturnValue:
    """Deactivates or reactivates a performer."""
    active, me = request.form.get("active") == "1", signed_in()
    with acting() as rows:
        performer = _one(rows, id)
        problem = activation_problem(rows, Performer, performer) if active else None
        if problem:
            return _back(problem, tone="stop")
        PERFORMERS.change(rows, me.shop.id, id, {"active": active}, by=me.actor)
    return _back(f"{performer.name} {'reactivated' if active else 'deactivated'}.")


def _one(rows: Session, id: UUID) -> Row[Any]:
    found = service_catalogue.find(rows, signed_in().shop.id, Performer, id)
    return found if found is not None else abort(404)


def _back(message: str, *, tone: str = "good") -> ResponseReturnValue:
    flash(message, tone)
    return redirect(url_for("shop.performers.listing"), 303)
