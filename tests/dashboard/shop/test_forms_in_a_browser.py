"""Rejected forms in a browser: screen readers announce the error beside its field, at each size and theme."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from tests.builders import Built, a_customer, a_number, a_staff_member
from tests.dashboard.conftest import DESK, window
from tests.dashboard.looks import EACH_SIZE_AND_THEME, seen_with
from tests.dashboard.shop.test_in_a_browser import sign_in

pytestmark = pytest.mark.browser

# Disables the browser's validation. Clients without this validation, and values that the validation permits, also
# reach the server.
NO_CHECKS = "document.querySelectorAll('form').forEach((form) => form.noValidate = true)"


@pytest.mark.long
def test_a_refused_form_can_be_corrected(
    session: Session, browser: Browser, site: str, salon: Built, mia: Built
) -> None:
    rosa = a_customer(session, salon, name="Rosa", sms_opt_in=False)
    kim = a_staff_member(session, salon, role="staff", name="Kim", phone=a_number(), email=None)
    session.commit()
    with window(browser, site, **DESK) as page:
        sign_in(page, session, mia)
        for refuse in (_settings, _invitation):
            refuse(page)
            _looks_refused(page)
        page.goto(f"/app/settings/people/{kim.id}")
        page.evaluate(NO_CHECKS)
        page.get_by_label("Phone").fill("12")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_label("Phone")).to_have_value("12")
        _looks_refused(page)
        page.goto(f"/app/customers/{rosa.id}")
        page.evaluate(NO_CHECKS)
        page.get_by_label("Exact wording").fill("Text me about free times")
        page.get_by_role("button", name="Save consent").click()
        expect(page.get_by_label("Exact wording")).to_have_value("Text me about free times")
        _looks_refused(page)


def _settings(page: Page) -> None:
    page.goto("/app/settings/deposits")
    page.evaluate(NO_CHECKS)
    page.get_by_label("Deposit", exact=True).fill("0.20")
    page.get_by_label("Card attempts").fill("99")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Deposit", exact=True)).to_have_value("0.20")
    expect(page.get_by_label("Deposit", exact=True)).to_have_accessible_description(
        "Stripe charges at least £0.30; this is £0.20."
    )


def _invitation(page: Page) -> None:
    page.goto("/app/settings/people")
    page.evaluate(NO_CHECKS)
    form = page.locator("#invite")
    form.get_by_label("Name").fill("Lee")
    form.get_by_label("Phone").fill("07700 900456")
    form.get_by_role("button", name="Send invitation").click()
    expect(form.get_by_label("Name")).to_have_value("Lee")
    expect(form.get_by_label("Phone")).to_have_accessible_description(
        "This phone number doesn't exist in this country. Add + and the country code."
    )


def _looks_refused(page: Page) -> None:
    expect(page.get_by_role("alert")).to_contain_text("Not saved.")
    expect(page.locator('.notice[data-tone="good"]')).to_have_count(0)
    in_red = [(width, theme, _errors_are_in_red) for width, theme, _ in EACH_SIZE_AND_THEME]
    assert seen_with(page, (*in_red, *EACH_SIZE_AND_THEME)) == []


def _errors_are_in_red(page: Page) -> list[str]:
    stop = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--stop-ink')")
    red = page.evaluate(
        "(c) => { const e = document.createElement('p'); e.style.color = c; document.body.append(e);"
        " const said = getComputedStyle(e).color; e.remove(); return said; }",
        stop,
    )
    for error in page.locator(".wrong:not(:empty)").all():
        expect(error).to_be_visible()
        expect(error).to_have_css("color", red)
    return []
