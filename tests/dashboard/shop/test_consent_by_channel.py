"""Consent for each channel on the customer's page, and the channels in the settings."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.builders import Built, a_customer, a_suppression, reload
from tests.dashboard.shop.conftest import StaffBrowser


@pytest.fixture
def rosa(session: Session, salon: Built) -> Built:
    made = a_customer(session, salon, name="Rosa", sms_opt_in=False, email="rosa@example.com")
    session.commit()
    return made


@pytest.mark.parametrize(
    ("channel", "field"), [("sms", "sms_opt_in"), ("whatsapp", "whatsapp_opt_in"), ("email", "email_opt_in")]
)
def test_consent_is_recorded_for_the_chosen_channel_alone(
    desk: StaffBrowser, session: Session, rosa: Built, channel: str, field: str
) -> None:
    page = f"/app/customers/{rosa.id}"
    answer = desk.post(f"{page}/opt-in", form=page, channel=channel, source="Form, 3 March", wording="Ask me")
    assert answer.status_code == 303
    session.rollback()
    found = reload(session, "customers", rosa.id)
    agreed = {name for name in ("sms_opt_in", "whatsapp_opt_in", "email_opt_in") if getattr(found, name)}
    assert agreed == {field}
    prefix = "consent" if channel == "sms" else f"{channel}_consent"
    assert getattr(found, f"{prefix}_source") == "Form, 3 March"
    assert getattr(found, f"{prefix}_at") is not None
    assert "Form, 3 March: “Ask me”" in desk.get(page).text


def test_an_unknown_channel_is_refused_and_nothing_is_recorded(
    desk: StaffBrowser, session: Session, rosa: Built
) -> None:
    page = f"/app/customers/{rosa.id}"
    answer = desk.post(f"{page}/opt-in", form=page, channel="fax", source="Form")
    assert answer.status_code == 422
    assert "Choose a channel from the list." in answer.text
    session.rollback()
    assert not reload(session, "customers", rosa.id).whatsapp_opt_in


def test_after_a_stop_no_channel_is_offered(desk: StaffBrowser, session: Session, salon: Built, rosa: Built) -> None:
    a_suppression(session, salon, rosa.phone)
    session.commit()
    page = f"/app/customers/{rosa.id}"
    assert "Record consent" not in desk.get(page).text
    desk.post(f"{page}/opt-in", form="/app/settings", channel="email", source="Form")
    session.rollback()
    assert not reload(session, "customers", rosa.id).email_opt_in


def test_the_list_says_by_which_channel_a_customer_is_asked(
    desk: StaffBrowser, session: Session, salon: Built, rosa: Built
) -> None:
    page = f"/app/customers/{rosa.id}"
    desk.post(f"{page}/opt-in", form=page, channel="email", source="Form")
    assert "Can&#39;t be asked" in desk.get("/app/customers").text
    desk.post("/app/settings/channels", form="/app/settings/channels", offer_by_email="1")
    session.rollback()
    assert reload(session, "shops", salon.id).offer_by_email
    assert "Can be asked by e-mail" in desk.get("/app/customers").text


def test_the_channels_say_how_many_texts_the_link_costs(desk: StaffBrowser) -> None:
    page = desk.get("/app/settings/channels").text
    assert "Without the link, an offer takes 1 SMS" in page
    assert "With the link, it takes 2 SMS" in page or "With the link, it takes 1 SMS" in page
