"""The steps of a shop's first day, each with its state and its page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from dashboard.page_dependencies import page_dependencies
from dashboard.shop.access.session_access import may, signed_in
from dashboard.shop.page_frame import settings_url
from dashboard.shop.settings.sections import BY_SLUG
from domain.phones.parsing import country_of
from views.first_day import ShopSetup, setup_of


@dataclass(frozen=True, slots=True)
class FirstDayStep:
    """One step. `lead` describes the missing or present part.

    `action` is the label of the button to `link`; `link` is empty if no page would help. `needed` is true if no slot
    can be sold without the step.
    """

    slug: str
    name: str
    done: bool
    lead: str
    action: str = ""
    link: str = ""
    needed: bool = True


def steps_of(setup: ShopSetup) -> list[FirstDayStep]:
    """Returns all steps, the most useful first."""
    return [step(setup) for step in STEPS]


def _section(slug: str) -> str:
    found = BY_SLUG.get(slug)
    return settings_url(found) if found else url_for("shop.settings.show")


def _shop(setup: ShopSetup) -> FirstDayStep:
    done = bool(signed_in().shop.name and setup.address)
    lead = setup.address if done and setup.address else "Confirmations contain your name and address."
    return FirstDayStep("shop", "Name and address", done, lead, "Add your address", _section("shop"), needed=False)


def _region(setup: ShopSetup) -> FirstDayStep:
    country = country_of(setup.country, setup.sms_from)
    done = bool(country) and setup.timezone != "UTC"
    lead = f"{country}, {setup.timezone}." if done else f"Times are shown in {setup.timezone}. Choose your time zone."
    return FirstDayStep("region", "Country and time zone", done, lead, "Choose", _section("region"))


def _deposit(setup: ShopSetup) -> FirstDayStep:
    lead = (
        f"The currency is {setup.currency}, and a deposit is set."
        if setup.with_deposit
        else "Without a deposit, a YES books the slot immediately."
    )
    return FirstDayStep(
        "deposit", "Currency and deposit", setup.with_deposit, lead, "Set a deposit", _section("deposits"), False
    )


def _number(setup: ShopSetup) -> FirstDayStep:
    lead = setup.sms_from or "No number sends your texts yet. Ask the operator of this installation to add one."
    return FirstDayStep("number", "Number for texts", bool(setup.sms_from), lead)


def _stripe(setup: ShopSetup) -> FirstDayStep:
    ready = bool(page_dependencies().settings.stripe_publishable_key)
    lead = "Cards can be charged." if ready else "Ask the operator of this installation to add the keys from Stripe."
    return FirstDayStep("stripe", "Stripe", ready, lead, needed=setup.with_deposit)


def _service(setup: ShopSetup) -> FirstDayStep:
    lead = "You have added services." if setup.services else "Services have a length, a price and a deposit."
    return FirstDayStep(
        "service", "First service", setup.services, lead, "Add a service", _section("services"), False
    )


def _customers(setup: ShopSetup) -> FirstDayStep:
    lead = "You have not added any customers yet." if not setup.customers else "You have added customers."
    return FirstDayStep(
        "customers", "Customers", setup.customers, lead, "Import customers", url_for("shop.customer_import.ask")
    )


def _team(setup: ShopSetup) -> FirstDayStep:
    lead = "Someone else can sign in too." if setup.teammates else "Only you can sign in."
    return FirstDayStep("team", "Teammate", setup.teammates, lead, "Invite", _section("people"), needed=False)


def _test(setup: ShopSetup) -> FirstDayStep:
    lead = "A test offer was sent." if setup.tested else "Get an offer on your own phone, as a customer would."
    return FirstDayStep("test", "Test offer", setup.tested, lead, needed=False)


STEPS: tuple[Callable[[ShopSetup], FirstDayStep], ...] = (
    _shop,
    _region,
    _deposit,
    _number,
    _stripe,
    _service,
    _customers,
    _team,
    _test,
)


def overview_values(rows: Session) -> dict[str, Any]:
    """Returns the required steps that have not been done, for the overview."""
    if not may("act"):
        return {"setup_missing": []}
    steps = steps_of(setup_of(rows, signed_in().shop.id))
    return {"setup_missing": [step for step in steps if step.needed and not step.done]}
