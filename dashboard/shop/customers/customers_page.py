"""The list of customers, and the page of one customer with their consent, offers and appointments."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, reading, require_permission, signed_in
from dashboard.shop.form_result import FormResult, too_long, typed
from dashboard.shop.recoveries import list_filters
from dashboard.shop.recoveries.list_filters import PAGE_SIZE
from db.customers import channel_consents, consent
from domain.channels import CHANNELS, PHONE_CHANNELS, Channel
from domain.phones.parsing import PhoneNumber, parse
from views import appointment_list, customer_directory, id_lookup
from views.customer_directory import ListedCustomer

bp = Blueprint("customers", __name__, url_prefix="/customers")

HISTORY = 50
TAB_NAMES = {
    "all": "All",
    "willing": "Can be texted",
    "not willing": "Not opted in",
    "resting": "Asked recently",
}
LONGEST = {"source": 200, "wording": 500}
STAFF_OPT_OUT = "A staff member recorded the opt-out."


@bp.get("")
def listing() -> ResponseReturnValue:
    """Lists customers, the most recent visitors first."""
    filters, shop = list_filters.read(request.args), signed_in().shop
    tab = request.args.get("tab", "all")
    tab = tab if tab in TAB_NAMES else "all"
    with reading() as rows:
        if filters.words and (place := id_lookup.place_of(rows, shop.id, filters.words)):
            return redirect(url_for(place.endpoint, id=place.id), 303)
        found = customer_directory.page(
            rows, shop.id, tab=tab, words=filters.words, limit=PAGE_SIZE + 1, offset=(filters.page - 1) * PAGE_SIZE
        )
    return page_frame.page(
        "shop/customers.html",
        tabs=TAB_NAMES,
        tab=tab,
        filters=filters,
        found=found[:PAGE_SIZE],
        more=len(found) > PAGE_SIZE,
    )


@bp.get("/<uuid:id>")
def detail(id: UUID) -> ResponseReturnValue:
    """Shows one customer."""
    return _page(id, FormResult())


def _page(id: UUID, form: FormResult) -> ResponseReturnValue:
    shop = signed_in().shop
    with reading() as rows:
        customer = _found(customer_directory.one(rows, shop.id, id))
        offers = customer_directory.offers(rows, shop.id, id, limit=HISTORY)
        appointments = appointment_list.of_customer(rows, shop.id, id, limit=HISTORY)
    return page_frame.form_page(
        "shop/customer.html",
        customer=customer,
        offers=offers,
        appointments=appointments,
        form=form,
    )


def _found(customer: ListedCustomer | None) -> ListedCustomer:
    if customer is None:
        abort(404)
    return customer


@bp.get("/<uuid:id>/opt-out")
@require_permission("act")
def ask_opt_out(id: UUID) -> ResponseReturnValue:
    """Asks for confirmation, because only the customer can undo an opt-out."""
    with reading() as rows:
        customer = _found(customer_directory.one(rows, signed_in().shop.id, id))
    return page_frame.page("shop/opt_out.html", customer=customer)


@bp.post("/<uuid:id>/opt-out")
@require_permission("act")
def opt_out(id: UUID) -> ResponseReturnValue:
    """Stops all texts from this shop to this number."""
    me = signed_in()
    with acting() as rows:
        _found(customer_directory.one(rows, me.shop.id, id))
        consent.opt_out(rows, me.shop.id, id, reason=STAFF_OPT_OUT, by=me.actor)
    flash("Opted out. This customer won't get any more texts from you.", "good")
    return redirect(url_for("shop.customers.detail", id=id), 303)


@bp.post("/<uuid:id>/opt-in")
@require_permission("act")
def opt_in(id: UUID) -> ResponseReturnValue:
    """Records consent to a channel. Requires the source of the consent, and refuses opted-out numbers."""
    me, read = signed_in(), _read_consent()
    if read.wrong:
        return _page(id, FormResult({name: typed(request.form, name) for name in (*LONGEST, "channel")}, read.wrong))
    channel = read.values.pop("channel")
    with acting() as rows:
        customer = _found(customer_directory.one(rows, me.shop.id, id))
        if CHANNELS[channel] in PHONE_CHANNELS and (reason := _no_texts(customer)):
            flash(reason, "stop")
            return redirect(url_for("shop.customers.detail", id=id), 303)
        done = channel_consents.record(rows, me.shop.id, id, channel, **read.values, by=me.actor)
    if done:
        flash(f"Consent to {CHANNELS[channel].noun} saved.", "good")
    else:
        flash("This customer has opted out. Only the customer can undo this, by texting START.", "stop")
    return redirect(url_for("shop.customers.detail", id=id), 303)


def _read_consent() -> FormResult:
    read = FormResult()
    for name, longest in LONGEST.items():
        value = typed(request.form, name)
        read.put(name, value, too_long(value, longest))
    if not typed(request.form, "source"):
        read.put("source", None, "Enter where the customer agreed. Offers require a record of consent.")
    chosen = typed(request.form, "channel") or Channel.SMS.value
    known = chosen in {channel.value for channel in Channel}
    read.put("channel", Channel(chosen) if known else None, None if known else "Choose a channel from the list.")
    return read


def _no_texts(customer: ListedCustomer) -> str | None:
    """Returns the reason why the number can't receive texts, or None if it can or if there is no number."""
    if customer.phone_e164 is None:
        return None
    read = parse(customer.phone_e164)
    return read.no_texts if isinstance(read, PhoneNumber) else read.reason
