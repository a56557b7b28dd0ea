"""Opens the page behind a link to an appointment."""

from typing import TypeVar

from flask import abort

from dashboard.catalogues import use_locale
from dashboard.customer.links import has_expired
from views.offer_pages import OfferPage
from views.public_pages import BookingPage, PaymentPage

Page = TypeVar("Page", BookingPage, OfferPage, PaymentPage)


def opened(page: Page | None) -> Page:
    """Returns the page and sets the customer's language.

    Aborts with 404 if `page` is None, and with 410 if the link has expired.
    """
    if page is None:
        abort(404)
    use_locale(page.locale)
    if has_expired(page.appointment.ends_at, now=page.now):
        abort(410)
    return page
