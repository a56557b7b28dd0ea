"""Who works here, and what each may do. Only owners change it, soon after they have signed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop import frame
from dashboard.shop.signed_in import acting, freshly, only, reading, signed_in
from dashboard.shop.words import ROLES
from db import audit
from db.dashboard import members, shops
from db.dashboard.members import Member
from domain.phone import normalise
from domain.phone_parsing import PhoneNumber, parse

bp = Blueprint("people", __name__, url_prefix="/settings/people")

LONGEST_NAME, LONGEST_EMAIL, LONGEST_PHONE = 120, 254, 40


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form says. `phone` in E.164; None where none was typed, or `phone_problem` says why it isn't taken."""

    name: str
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    role: str
    email_alerts: bool
    phone_problem: str | None


@bp.post("")
@only("manage")
@freshly
def add() -> ResponseReturnValue:
    """A new member, who signs in with a code like everybody."""
    typed = _typed()
    if problem := _problem(typed):
        return _back(problem)
    with acting() as rows:
        members.add(rows, signed_in().shop.id, name=typed.name, email=typed.email, phone=typed.phone, role=typed.role)
        _note(rows, f"{typed.name} works here from now on, as: {ROLES[typed.role]}.")
    return _back(f"{typed.name} can sign in now.")


@bp.get("/<uuid:id>")
@only("manage")
@freshly
def show(id: UUID) -> ResponseReturnValue:
    """The form for one of them, and the way out."""
    with reading() as rows:
        member = _one(rows, id)
    return frame.page("shop/member.html", member=member, own=_own(id))


@bp.post("/<uuid:id>")
@only("manage")
@freshly
def change(id: UUID) -> ResponseReturnValue:
    """Another name, address or role. Whoever gets another address is signed out: what was proved was the old one."""
    typed = _typed()
    with acting() as rows:
        member = _one(rows, id)
        role = member.role if _own(id) else typed.role
        if problem := _problem(typed):
            flash(problem)
            return redirect(url_for("shop.people.show", id=id), 303)
        changed = _changed(member, typed, role)
        if changed:
            values = {name: getattr(typed, name) for name in ("name", "email", "phone", "email_alerts")}
            members.change(rows, signed_in().shop.id, id, **values, role=role)
            _note(rows, f"Of {member.name or 'a member'} was changed: {', '.join(changed)}; role: {ROLES[role]}.")
        if {"phone", "email"} & set(changed) and not _own(id):
            members.sign_out(rows, signed_in().shop.id, id)
    return _back(f"{typed.name} was changed." if changed else "Nothing to change.")


@bp.post("/<uuid:id>/leave")
@only("manage")
@freshly
def leave(id: UUID) -> ResponseReturnValue:
    """They can't sign in any more, and are signed out everywhere."""
    with acting() as rows:
        member = _one(rows, id)
        if _own(id):
            return _back("You can't leave by yourself: another owner has to do it.")
        members.let_go(rows, signed_in().shop.id, id)
        _note(rows, f"{member.name} does not work here any more.")
    return _back(f"{member.name} can't sign in any more.")


def _typed() -> Typed:
    phone, problem = _phone()
    return Typed(
        _field("name", LONGEST_NAME),
        _field("email", LONGEST_EMAIL) or None,
        phone,
        request.form.get("role", "staff"),
        bool(request.form.get("email_alerts")),
        problem,
    )


def _phone() -> tuple[str | None, str | None]:
    """The number typed, and what is wrong with it: sign-in codes are texted to it."""
    typed = _field("phone", LONGEST_PHONE)
    if not typed:
        return None, None
    with reading() as rows:
        read = parse(typed, shops.country(rows, signed_in().shop.id))
    if isinstance(read, PhoneNumber):
        return (None, read.no_texts) if read.no_texts else (read.e164, None)
    return None, read.reason


def _field(name: str, longest: int) -> str:
    return request.form.get(name, "").replace("\0", "").strip()[:longest]


def _problem(typed: Typed) -> str | None:
    if typed.name and typed.phone_problem:
        return typed.phone_problem
    checks = (
        (not typed.name, "Please fill in a name."),
        (typed.role not in ROLES, "There is no such role."),
        (typed.email is not None and "@" not in typed.email[1:-1], "That is no e-mail address."),
        (not typed.email and not typed.phone, "A phone number or an e-mail address is needed for the code."),
    )
    return next((problem for wrong, problem in checks if wrong), None)


def _changed(member: Member, typed: Typed, role: str) -> list[str]:
    """What of it, in words."""
    new = {"name": typed.name, "email": typed.email, "phone": typed.phone, "email_alerts": typed.email_alerts}
    old = {name: getattr(member, name) for name in new} | {"phone": normalise(member.phone or "")}
    changed = [name for name in new if new[name] != old[name]]
    return [name.replace("_", " ") for name in changed] + (["role"] if role != member.role else [])


def _own(id: UUID) -> bool:
    """Nobody takes their own rights away, so that an owner always remains."""
    return id == signed_in().staff_id


def _one(rows: Session, id: UUID) -> Member:
    found = next((member for member in members.members(rows, signed_in().shop.id) if member.id == id), None)
    if found is None:
        abort(404)
    return found


def _note(rows: Session, because: str) -> None:
    me = signed_in()
    audit.note(
        rows, event="StaffChanged", because=because, shop_id=me.shop.id, actor=str(me.staff_id), severity="warning"
    )


def _back(said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("shop.settings.show"), 303)
