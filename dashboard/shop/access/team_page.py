"""The pages of the team and its roles. Only owners with a recent sign-in can make changes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop import page_frame
from dashboard.shop.access.send_invitation import invite
from dashboard.shop.access.session_access import (
    acting,
    reading,
    require_permission,
    require_recent_sign_in,
    signed_in,
)
from dashboard.shop.audit_entry import note_action
from dashboard.shop.form_result import FormResult, too_long, typed
from dashboard.shop.recoveries.status_labels import ROLES
from db.access import staff_members
from db.access.staff_members import Member
from db.shops import shop_settings
from domain.email_address import parse as parse_email
from domain.phones.parsing import PhoneNumber, parse
from domain.staff_addresses import AddressChange, Addresses, change_addresses

bp = Blueprint("people", __name__, url_prefix="/settings/people")

NOT_THE_LAST = "Add the new address first. Remove the old one once the new one is confirmed."

LONGEST = {"name": 120, "email": 254, "phone": 40}


@bp.get("")
def listing() -> ResponseReturnValue:
    """Shows the team to all staff."""
    return _team(FormResult())


def _team(newcomer: FormResult) -> Response:
    """Shows the team and the invitation form, with status 422 if the form is invalid."""
    with reading() as rows:
        people = staff_members.members(rows, signed_in().shop.id)
    answer = page_frame.page("shop/team.html", people=people, newcomer=newcomer)
    answer.status_code = 422 if newcomer.wrong else 200
    return answer


@bp.post("")
@require_permission("manage")
@require_recent_sign_in
def add() -> ResponseReturnValue:
    """Adds and invites a member, who can sign in after accepting the invitation."""
    read = _read()
    if read.wrong:
        return _team(_as_typed(read))
    name, role, addresses = read.values["name"], read.values["role"], _addresses(read)
    with acting() as rows:
        id = staff_members.add(rows, signed_in().shop.id, name=name, addresses=addresses, role=role)
        sent = invite(rows, id, addresses, tuple(addresses.by_channel))
        _note(rows, f"{name} was invited as {ROLES[role]}.")
    return _back(f"{name} added to the team. {sent}")


@bp.get("/<uuid:id>")
@require_permission("manage")
@require_recent_sign_in
def show(id: UUID) -> ResponseReturnValue:
    """Shows the form to edit or remove a member."""
    with reading() as rows:
        member = _one(rows, id)
    values = {name: getattr(member, name) for name in ("name", "phone", "email", "role", "email_alerts")}
    return _page(member, FormResult(values))


def _page(member: Member, form: FormResult) -> ResponseReturnValue:
    answer = page_frame.page("shop/member.html", member=member, form=form, own=_own(member.id))
    answer.status_code = 422 if form.wrong else 200
    return answer


@bp.post("/<uuid:id>")
@require_permission("manage")
@require_recent_sign_in
def change(id: UUID) -> ResponseReturnValue:
    """Changes a name, address or role. A new address can be used once its invitation is accepted."""
    read = _read()
    with acting() as rows:
        member = _one(rows, id)
        if read.wrong:
            return _page(member, _as_typed(read))
        new = read.values | ({"role": member.role} if _own(id) else {})
        typed = _addresses(read)
        moved = change_addresses(member.addresses, typed, confirmed=member.confirmed, own=_own(id))
        if moved is None:
            lost = "phone" if member.phone and not typed.phone else "email"
            return _page(member, _as_typed(FormResult(read.values, {lost: NOT_THE_LAST})))
        sent = _save(rows, member, new, typed, moved)
    if sent is None:
        return _back("No changes to save.", tone="calm")
    return _back(f"Saved {new['name']}. {sent}".strip())


def _save(
    rows: Session, member: Member, new: Mapping[str, Any], typed: Addresses, moved: AddressChange
) -> str | None:
    """Saves the changes. Returns the message about invitations, or None if nothing changed."""
    changed = _changed(member, new, moved)
    if not changed and not moved.invite:
        return None
    staff_members.change(
        rows,
        signed_in().shop.id,
        member.id,
        name=new["name"],
        addresses=moved,
        role=new["role"],
        email_alerts=new["email_alerts"],
    )
    if changed:
        _note(
            rows, f"{member.name or 'A team member'} was changed: {', '.join(changed)}; role: {ROLES[new['role']]}."
        )
    return invite(rows, member.id, typed, moved.invite)


@bp.post("/<uuid:id>/leave")
@require_permission("manage")
@require_recent_sign_in
def leave(id: UUID) -> ResponseReturnValue:
    """Removes a member and ends all their sessions."""
    with acting() as rows:
        member = _one(rows, id)
        if _own(id):
            return _back("You can't remove yourself. Ask another owner.", tone="stop")
        staff_members.let_go(rows, signed_in().shop.id, id)
        _note(rows, f"{member.name} was removed from the team.")
    return _back(f"{member.name} removed from the team.")


def _read() -> FormResult:
    """Reads the form. Converts the phone number to E.164, and an empty address to None."""
    fields = {name: typed(request.form, name) for name in (*LONGEST, "role")}
    read = FormResult({"email_alerts": bool(request.form.get("email_alerts"))})
    read.put("name", fields["name"], None if fields["name"] else "Enter a name.")
    read.put("phone", *_phone(fields["phone"]))
    read.put("email", fields["email"] or None, _problem_of_email(fields["email"]))
    role = fields["role"] or "staff"
    read.put("role", role, None if role in ROLES else "Choose a role from the list.")
    if not fields["email"] and not fields["phone"]:
        read.put("phone", None, "Enter a phone number or an e-mail address for sign-in codes.")
    for name, longest in LONGEST.items():
        if problem := too_long(fields[name], longest):
            read.wrong[name] = problem
    return read


def _phone(text: str) -> tuple[str | None, str | None]:
    """Returns the number in E.164, or the error if it can't receive sign-in codes."""
    if not text:
        return None, None
    with reading() as rows:
        read = parse(text, shop_settings.country(rows, signed_in().shop.id))
    if isinstance(read, PhoneNumber):
        return (None, read.no_texts) if read.no_texts else (read.e164, None)
    return None, read.reason


def _problem_of_email(text: str) -> str | None:
    return "Enter a valid e-mail address." if text and parse_email(text) is None else None


def _addresses(read: FormResult) -> Addresses:
    return Addresses(read.values["phone"], read.values["email"])


def _as_typed(read: FormResult) -> FormResult:
    """Returns a copy with the same errors and with every value as typed."""
    fields = {name: typed(request.form, name) for name in (*LONGEST, "role")}
    return FormResult(read.values | fields, read.wrong)


def _changed(member: Member, new: Mapping[str, Any], moved: AddressChange) -> list[str]:
    """Returns the names of the changed fields, including unconfirmed addresses."""
    differs = {
        "name": new["name"] != member.name,
        "email": moved.row.email != member.email or ("email" in moved.invite and member.confirmed),
        "phone": moved.row.phone != member.phone or ("sms" in moved.invite and member.confirmed),
        "email alerts": new["email_alerts"] != member.email_alerts,
        "role": new["role"] != member.role,
    }
    return [name for name, different in differs.items() if different]


def _own(id: UUID) -> bool:
    """Whether this is the signed-in member. Members can't change their own role, so at least one owner remains."""
    return id == signed_in().staff_id


def _one(rows: Session, id: UUID) -> Member:
    found = next((member for member in staff_members.members(rows, signed_in().shop.id) if member.id == id), None)
    if found is None:
        abort(404)
    return found


def _note(rows: Session, reason: str) -> None:
    note_action(rows, "StaffChanged", reason, severity="warning")


def _back(message: str, *, tone: str = "good") -> ResponseReturnValue:
    flash(message, tone)
    return redirect(url_for("shop.people.listing"), 303)
