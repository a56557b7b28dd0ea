"""Rejected forms: the error is beside its field, the input is kept, the status is 422, and no success is reported."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.builders import Built, a_customer, a_number, a_payment, a_staff_member, an_appointment, in_, reload
from tests.dashboard.shop.conftest import StaffBrowser
from tests.dashboard.shop.test_pages import settings_form

TICK = 'data-tone="good"'


def is_refused(answer: TestResponse, field: str, *, kept: str = "", element: str | None = None) -> str:
    """Asserts that the field has an error, and returns the error message.

    Pass `element` if the field's id differs from its name.
    """
    assert answer.status_code == 422
    assert TICK not in answer.text
    assert 'data-tone="stop" role="alert"' in answer.text
    id = element or field
    tag = re.search(rf'<(?:input|select|textarea) id="{id}"[^>]*>', answer.text)
    assert tag, f"no field {id}"
    assert f'aria-invalid="true" aria-describedby="wrong-{id}"' in tag[0]
    if kept and tag[0].startswith("<input"):
        assert f'value="{kept}"' in tag[0]
    beside = rf'<span class="wrong" id="wrong-{id}">(?:<svg.*?</svg>)?\s*(.*?)</span>'
    error = re.search(beside, answer.text, re.DOTALL)
    assert error, f"no error beside {id}"
    return error[1]


@pytest.mark.parametrize(
    ("deposit", "currency", "words"),
    [
        ("0.29", "GBP", "at least £0.30"),
        ("2", "DKK", "at least DKK 2.50"),
        ("49", "JPY", "at least JP¥50"),
        ("174.99", "HUF", "at least HUF 175"),
        ("1000000", "USD", "at most US$999,999.99"),
        ("1e999999", "GBP", "an amount like 20 or 20.50"),
        ("1e3", "GBP", "an amount like"),
        ("1,000", "GBP", "an amount like"),
        ("1 000", "EUR", "an amount like"),
        ("£20", "GBP", "an amount like"),
        ("20.505", "GBP", "an amount like"),
        ("1000.5", "JPY", "an amount like 2000"),
        ("NaN", "GBP", "an amount like"),
        ("-1", "GBP", "an amount like"),
        ("٢٠", "GBP", "an amount like"),
        ("9" * 400, "GBP", "an amount like"),
        ("1.005", "KWD", "in steps of KWD 0.010"),
        ("1.5", "ISK", "in steps of ISK 1"),
    ],
)
def test_a_deposit_that_stripe_cannot_charge_is_refused_beside_its_field(
    desk: StaffBrowser, session: Session, salon: Built, deposit: str, currency: str, words: str
) -> None:
    form = settings_form(desk, "deposits", payment_attempts="7", deposit=deposit, currency=currency)
    answer = desk.post("/app/settings/deposits", **form)
    assert words in is_refused_deposit(answer, deposit)
    session.rollback()
    assert reload(session, "shops", salon.id).payment_attempts == 1
    assert 'value="7"' in answer.text


def is_refused_deposit(answer: TestResponse, kept: str) -> str:
    assert answer.status_code == 422
    assert TICK not in answer.text
    tag = re.search(r'<input id="deposit"[^>]*>', answer.text)
    assert tag
    assert f'value="{kept}"' in tag[0]
    assert 'aria-invalid="true" aria-describedby="wrong-deposit"' in tag[0]
    error = re.search(r'id="wrong-deposit">(?:<svg.*?</svg>)?\s*(.*?)</span>', answer.text, re.DOTALL)
    assert error
    return error[1]


@pytest.mark.parametrize(
    ("deposit", "currency", "cents"),
    [
        ("0.30", "GBP", 30),
        ("20,50", "EUR", 2050),
        ("0", "GBP", 0),
        ("", "GBP", 0),
        ("2000", "JPY", 2000),
        ("1.010", "KWD", 1010),
        ("1,5", "KWD", 1500),
        ("999999.99", "USD", 99_999_999),
        ("500", "ISK", 50_000),
    ],
)
def test_a_deposit_that_stripe_charges_is_saved(
    desk: StaffBrowser, session: Session, salon: Built, deposit: str, currency: str, cents: int
) -> None:
    form = settings_form(desk, "deposits", deposit=deposit, currency=currency)
    answer = desk.post("/app/settings/deposits", **form)
    assert answer.status_code == 303, answer.text
    session.rollback()
    row = reload(session, "shops", salon.id)
    assert (row.deposit_cents, row.currency) == (cents, currency)
    assert TICK in desk.get("/app/settings").text


@pytest.mark.parametrize("currency", ["pounds", "POU", "", "€", "GB", "XXX", "BTC"])
def test_a_currency_is_one_of_the_list(desk: StaffBrowser, session: Session, salon: Built, currency: str) -> None:
    answer = desk.post("/app/settings/deposits", **settings_form(desk, "deposits", currency=currency))
    assert "a currency from the list" in is_refused(answer, "currency")
    session.rollback()
    assert reload(session, "shops", salon.id).currency == "GBP"


def test_the_currencies_are_picked_by_their_names(desk: StaffBrowser) -> None:
    page = desk.get("/app/settings/deposits").text
    assert '<option value="GBP" selected>British Pound (GBP)</option>' in page
    assert '<option value="KWD">Kuwaiti Dinar (KWD)</option>' in page


def test_past_amounts_keep_their_currency(desk: StaffBrowser, session: Session, salon: Built) -> None:
    ana = a_customer(session, salon)
    booking = an_appointment(session, ana, price_cents=5000, deposit_cents=2000, starts_at=in_(hours=30))
    a_payment(session, booking)
    session.commit()
    form = settings_form(desk, "deposits", currency="EUR", deposit="20")
    assert desk.post("/app/settings/deposits", **form).status_code == 303
    later = an_appointment(session, ana, price_cents=7000, starts_at=in_(hours=50))
    session.commit()
    assert "£50" in desk.get(f"/app/appointments/{booking.id}").text
    assert "€70" in desk.get(f"/app/appointments/{later.id}").text
    calendar = desk.get("/app/appointments").text
    assert "£20" in calendar
    assert "€20" not in calendar
    assert "£20" in desk.get(f"/app/customers/{ana.id}").text


@pytest.mark.parametrize("locale", ["en_XX9", "klingon", "e", "../etc", "en GB", "root", "C", "POSIX"])
def test_a_locale_is_one_that_is_known(desk: StaffBrowser, locale: str) -> None:
    answer = desk.post("/app/settings/region", **settings_form(desk, "region", locale=locale))
    assert is_refused(answer, "locale") == "Choose a language from the list."
    assert f'<option value="{locale}" selected>' in answer.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Enter a name."),
        ("name", "x" * 121, "Shorten this to 120 characters. It has 121."),
        ("phone", "12", "The phone number is too short."),
        ("email", "@", "Enter a valid e-mail address."),
        ("role", "king", "Choose a role from the list."),
    ],
)
def test_a_new_member_is_refused_beside_the_field(
    desk: StaffBrowser, session: Session, field: str, value: str, words: str
) -> None:
    form = {"name": "Lee", "phone": "+447700900456", "email": "lee@example.com", "role": "staff"} | {field: value}
    answer = desk.post("/app/settings/people", form="/app/settings/people", **form)
    assert is_refused(answer, field, kept=value, element=f"new-{field}") == words
    for other, kept in form.items():
        if other not in {field, "role"}:
            assert f'value="{kept}"' in answer.text, "the rest of the form is kept"
    session.rollback()
    assert session.execute(text("SELECT count(*) FROM staff")).scalar_one() == 1


def test_a_member_without_an_address_is_refused_and_nothing_typed_is_lost(
    desk: StaffBrowser, session: Session, salon: Built
) -> None:
    kim = a_staff_member(session, salon, role="staff", name="Kim", phone=a_number(), email=None)
    session.commit()
    path = f"/app/settings/people/{kim.id}"
    answer = desk.post(path, name="Kim Lee", phone="", email="", role="read_only")
    assert "for sign-in codes" in is_refused(answer, "phone")
    assert 'value="Kim Lee"' in answer.text
    assert '<option value="read_only" selected>' in answer.text
    assert 'name="email_alerts" value="1">' in answer.text, "the box that was unticked stays so"


def test_leaving_by_oneself_is_refused_in_the_colour_of_errors(desk: StaffBrowser, mia: Built) -> None:
    desk.post(f"/app/settings/people/{mia.id}/leave", form="/app/settings")
    page = desk.get("/app/settings").text
    assert 'data-tone="stop" role="alert"' in page
    assert TICK not in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"source": "", "wording": "Text me"}, "source"), ({"source": "A form", "wording": "x" * 501}, "wording")],
)
def test_consent_without_a_source_is_refused_beside_the_field(
    desk: StaffBrowser, session: Session, salon: Built, typed: dict[str, str], field: str
) -> None:
    rosa = a_customer(session, salon, name="Rosa", sms_opt_in=False)
    session.commit()
    answer = desk.post(f"/app/customers/{rosa.id}/opt-in", form=f"/app/customers/{rosa.id}", **typed)
    is_refused(answer, field)
    for value in filter(None, typed.values()):
        assert f'value="{value}"' in answer.text
    session.rollback()
    assert not reload(session, "customers", rosa.id).sms_opt_in


def test_saving_an_unchanged_form_shows_no_success(desk: StaffBrowser) -> None:
    desk.post("/app/settings/shop", **settings_form(desk, "shop"))
    page = desk.get("/app/settings").text
    assert "No changes to save." in page
    assert TICK not in page
