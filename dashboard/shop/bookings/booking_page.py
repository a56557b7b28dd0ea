"""Books an appointment from the calendar."""

from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import booking, reading, require_permission, signed_in
from dashboard.shop.bookings.booking_form import FormPlace, read_money, read_newcomer, read_note, read_time
from dashboard.shop.form_result import FormResult, typed
from db.appointments import bookings
from db.appointments.appointments import BY_STAFF
from db.appointments.bookings import NewBooking
from db.appointments.overlaps import OverlapError
from db.customers import customer_records
from db.customers.customer_records import CustomerDetails
from db.shops import shop_settings
from domain.time_zones import zone_named
from views import appointment_list, calendar, customer_directory
from views.customer_directory import ListedCustomer
from views.customer_search import as_id

bp = Blueprint("bookings", __name__, url_prefix="/calendar/new")

CHOICES_SHOWN = 10
FIELDS = (
    "day",
    "at",
    "service",
    "minutes",
    "performer",
    "price",
    "deposit",
    "customer",
    "new_name",
    "new_phone",
    "note",
)
ERASED = "This customer's data was erased. Choose another customer, or add a new customer below."
TAKEN = "This time is taken. Choose another time or another team member."


@bp.get("")
@require_permission("act")
def ask() -> ResponseReturnValue:
    """Shows the form with the day, time and performer that were clicked in the calendar."""
    return _page(FormResult({name: request.args.get(name, "") for name in FIELDS}), [])


def form_place(rows: Session, *, performer_id: UUID | None = None, performer: str | None = None) -> FormPlace:
    """The context of the calendar's forms.

    Also includes the performer `performer_id`, named `performer`, who may have been deactivated.
    """
    shop = signed_in().shop
    performers = appointment_list.bookable_performers(rows, shop.id)
    if performer_id:
        performers.setdefault(performer_id, performer or "")
    return FormPlace(
        zone=shop.timezone,
        currency=shop.currency,
        country=shop_settings.country(rows, shop.id),
        services={one.id: one for one in calendar.services(rows, shop.id)},
        performers=performers,
    )


def _page(form: FormResult, choices: list[ListedCustomer]) -> ResponseReturnValue:
    with reading() as rows:
        place = form_place(rows)
    return page_frame.form_page("shop/booking.html", form=form, bookable=place, choices=choices)


@bp.post("")
@require_permission("act")
def book() -> ResponseReturnValue:
    """Books the appointment. Errors are shown next to their fields."""
    form, me = FormResult(), signed_in()
    with reading() as rows:
        place = form_place(rows)
        read_time(request.form, place, form)
        read_money(request.form, place, form)
        read_newcomer(request.form, place, form)
        read_note(request.form, form)
        customer_id, choices = _customer(rows, form)
    if not form.wrong:
        try:
            with booking() as rows:
                appointment_id = _book(rows, form, customer_id)
        except OverlapError:
            form.wrong["at"] = TAKEN
        except LookupError:
            form.wrong["customer"], customer_id = ERASED, None
        else:
            flash("Appointment booked.", "good")
            day = form.values["starts_at"].astimezone(zone_named(me.shop.timezone)).date()
            return _to_calendar(day, appointment_id)
    form.values = {name: typed(request.form, name) for name in FIELDS} | {"customer_id": customer_id}
    return _page(form, choices)


def _to_calendar(day: date, appointment_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("shop.calendar.show", day=day, _anchor=f"appointment-{appointment_id}"), 303)


def _customer(rows: Session, form: FormResult) -> tuple[UUID | None, list[ListedCustomer]]:
    """Returns the chosen customer (None for a new customer), and the matches if the search found several."""
    shop, words = signed_in().shop, typed(request.form, "customer")
    chosen = as_id(typed(request.form, "customer_id"))
    if chosen and customer_directory.one(rows, shop.id, chosen):
        return chosen, []
    if form.values.get("new_name") or form.values.get("new_phone"):
        return None, _with_this_number(rows, form)
    if not words:
        form.wrong["customer"] = "Enter a name or phone number, or add a new customer below."
        return None, []
    found = customer_directory.page(rows, shop.id, tab="all", words=words[:100], limit=CHOICES_SHOWN, offset=0)
    if len(found) == 1:
        return found[0].id, []
    form.wrong["customer"] = "Several customers match. Choose one." if found else "No match. Add a customer below."
    return None, found


def _with_this_number(rows: Session, form: FormResult) -> list[ListedCustomer]:
    """Returns the customer who already has the number of the new customer, and adds an error to the form."""
    shop_id, phone = signed_in().shop.id, form.values.get("new_phone")
    same = customer_records.with_line(rows, shop_id, phone) if phone else None
    known = customer_directory.one(rows, shop_id, same.id) if same else None
    if known is None:
        return []
    form.wrong["new_phone"] = f"{known.name or 'Another customer'} has this number. Choose this customer above."
    return [known]


def _book(rows: Session, form: FormResult, customer_id: UUID | None) -> UUID:
    me, values = signed_in(), form.values
    if customer_id is None:
        newcomer = CustomerDetails(name=values["new_name"], phone=values["new_phone"])
        customer_id = customer_records.add(rows, me.shop.id, newcomer, by=me.actor)
    return bookings.book(
        rows,
        NewBooking(
            shop_id=me.shop.id,
            customer_id=customer_id,
            starts_at=values["starts_at"],
            ends_at=values["ends_at"],
            performer_id=values["performer_id"],
            service_id=values["service_id"],
            price_cents=values["price_cents"],
            deposit_cents=values["deposit_cents"],
            note=values["note"] or None,
        ),
        by=BY_STAFF,
        actor=me.actor,
    )
