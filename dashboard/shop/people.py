"""Who works here, and what each may do. Only owners change it, soon after they have signed in."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop.signed_in import acting, freshly, only, signed_in
from dashboard.shop.words import ROLES
from db import audit
from db.dashboard import members
from db.dashboard.members import Member
from domain.phone import normalise

bp = Blueprint("people", __name__, url_prefix="/settings/people")

LONGEST_NAME, LONGEST_EMAIL = 120, 254


@bp.post("")
@only("manage")
@freshly
def add() -> ResponseReturnValue:
    """A new member, who signs in with a code like everybody."""
    name, email = _typed("name", LONGEST_NAME), _typed("email", LONGEST_EMAIL) or None
    phone, role = normalise(_typed("phone", 40)), request.form.get("role", "staff")
    problem = _problem(name, email, phone, role)
    if problem is None:
        with acting() as rows:
            members.add(rows, signed_in().shop.id, name=name, email=email, phone=phone, role=role)
            _note(rows, f"{name} works here from now on, as: {ROLES[role]}.")
    return _back(problem or f"{name} can sign in now.")


def _typed(field: str, longest: int) -> str:
    return request.form.get(field, "").replace("\0", "").strip()[:longest]


def _problem(name: str, email: str | None, phone: str | None, role: str) -> str | None:
    checks = (
        (not name, "Please fill in a name."),
        (role not in ROLES, "There is no such role."),
        (bool(_typed("phone", 40)) and phone is None, "The phone number needs its country code: +44..."),
        (email is not None and "@" not in email[1:-1], "That is no e-mail address."),
        (not email and not phone, "A phone number or an e-mail address is needed for the code."),
    )
    return next((problem for wrong, problem in checks if wrong), None)


@bp.post("/<uuid:id>/role")
@only("manage")
@freshly
def change(id: UUID) -> ResponseReturnValue:
    """Another role."""
    role = request.form.get("role", "")
    with acting() as rows:
        member, problem = _other(rows, id)
        if problem is None and role in ROLES:
            members.give_role(rows, signed_in().shop.id, id, role)
            _note(rows, f"The role of {member.name} was changed to: {ROLES[role]}.")
    return _back(problem or f"{member.name}: {ROLES.get(role, 'unchanged')}.")


@bp.post("/<uuid:id>/leave")
@only("manage")
@freshly
def leave(id: UUID) -> ResponseReturnValue:
    """They can't sign in any more, and are signed out everywhere."""
    with acting() as rows:
        member, problem = _other(rows, id)
        if problem is None:
            members.let_go(rows, signed_in().shop.id, id)
            _note(rows, f"{member.name} does not work here any more.")
    return _back(problem or f"{member.name} can't sign in any more.")


def _other(rows: Session, id: UUID) -> tuple[Member, str | None]:
    """The member; nobody takes their own rights away, so that an owner always remains."""
    found = next((member for member in members.members(rows, signed_in().shop.id) if member.id == id), None)
    if found is None:
        abort(404)
    return found, "You can't change your own role here." if id == signed_in().staff_id else None


def _note(rows: Session, because: str) -> None:
    me = signed_in()
    audit.note(
        rows, event="StaffChanged", because=because, shop_id=me.shop.id, actor=str(me.staff_id), severity="warning"
    )


def _back(said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("shop.settings.show"), 303)
