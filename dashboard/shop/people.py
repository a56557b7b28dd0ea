"""Who works here, and what each may do. Only owners change it, soon after they have signed in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop import frame
from dashboard.shop.inviting import invite
from dashboard.shop.signed_in import acting, freshly, only, reading, signed_in
from dashboard.shop.words import ROLES
from db import audit
from db.dashboard import members
from db.dashboard.members import Member
from domain.phone import normalise
from domain.staff_addresses import AddressChange, Addresses, change_addresses

bp = Blueprint("people", __name__, url_prefix="/settings/people")

NOT_THE_LAST = "Please add the new address first. Remove the old one when the new one is confirmed."

EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
"""One address alone: what a mail program would read as two, or as a name with one, is refused."""

LONGEST_NAME, LONGEST_EMAIL, LONGEST_PHONE = 120, 254, 40


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form says. `phone` in E.164; None where none was typed, or what was typed is no number."""

    name: str
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    role: str
    email_alerts: bool

    @property
    def addresses(self) -> Addresses:
        """Both."""
        return Addresses(self.phone, self.email)


@bp.post("")
@only("manage")
@freshly
def add() -> ResponseReturnValue:
    """A new member, who can sign in once an invitation is confirmed."""
    typed = _typed()
    if problem := _problem(typed):
        return _back(problem)
    with acting() as rows:
        id = members.add(rows, signed_in().shop.id, name=typed.name, addresses=typed.addresses, role=typed.role)
        sent = invite(rows, id, typed.addresses, tuple(typed.addresses.by_channel))
        _note(rows, f"{typed.name} was invited, as: {ROLES[typed.role]}.")
    return _back(f"{typed.name} was added. {sent}")


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
    """Another name, address or role. A new address counts once its invitation is confirmed."""
    typed = _typed()
    with acting() as rows:
        member = _one(rows, id)
        role = member.role if _own(id) else typed.role
        moved = change_addresses(member.addresses, typed.addresses, confirmed=member.confirmed, own=_own(id))
        if problem := _problem(typed) or (NOT_THE_LAST if moved is None else None):
            flash(problem)
            return redirect(url_for("shop.people.show", id=id), 303)
        sent = _save(rows, member, typed, role, moved) if moved else ""
    return _back(f"{typed.name} was changed. {sent}".strip() if sent is not None else "Nothing to change.")


def _save(rows: Session, member: Member, typed: Typed, role: str, moved: AddressChange) -> str | None:
    """What was sent, in a sentence; None where nothing is changed."""
    changed = _changed(member, typed, role, moved)
    if not changed and not moved.invite:
        return None
    members.change(
        rows,
        signed_in().shop.id,
        member.id,
        name=typed.name,
        addresses=moved,
        role=role,
        email_alerts=typed.email_alerts,
    )
    if changed:
        _note(rows, f"Of {member.name or 'a member'} was changed: {', '.join(changed)}; role: {ROLES[role]}.")
    return invite(rows, member.id, typed.addresses, moved.invite)


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
    return Typed(
        _field("name", LONGEST_NAME),
        _field("email", LONGEST_EMAIL) or None,
        normalise(_field("phone", LONGEST_PHONE)),
        request.form.get("role", "staff"),
        bool(request.form.get("email_alerts")),
    )


def _field(name: str, longest: int) -> str:
    return request.form.get(name, "").replace("\0", "").strip()[:longest]


def _problem(typed: Typed) -> str | None:
    checks = (
        (not typed.name, "Please fill in a name."),
        (typed.role not in ROLES, "There is no such role."),
        (
            bool(_field("phone", LONGEST_PHONE)) and typed.phone is None,
            "The phone number needs its country code: +44...",
        ),
        (typed.email is not None and not EMAIL.fullmatch(typed.email), "That is no e-mail address."),
        (not typed.email and not typed.phone, "A phone number or an e-mail address is needed for the code."),
    )
    return next((problem for wrong, problem in checks if wrong), None)


def _changed(member: Member, typed: Typed, role: str, moved: AddressChange) -> list[str]:
    """What of it, in words. A new address is named although it does not count yet."""
    differs = {
        "name": typed.name != member.name,
        "email": moved.row.email != member.email or ("email" in moved.invite and member.confirmed),
        "phone": moved.row.phone != member.phone or ("sms" in moved.invite and member.confirmed),
        "email alerts": typed.email_alerts != member.email_alerts,
        "role": role != member.role,
    }
    return [name for name, different in differs.items() if different]


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
