"""The settings show the link with which customers join the waiting list."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import Built
from tests.dashboard.shop.conftest import StaffBrowser

PATH = "/app/settings/waiting-list"


def test_the_settings_have_the_link_and_a_qr_code(desk: StaffBrowser, session: Session, salon: Built) -> None:
    token = session.execute(text("SELECT join_token FROM shops")).scalar_one()
    page = desk.get(PATH).text
    assert f'href="http://localhost/join/{token}"' in page
    assert "<svg" in page.split("Let customers join")[1]
    assert " style=" not in page


def test_no_link_while_the_list_is_off(desk: StaffBrowser, session: Session, salon: Built) -> None:
    session.execute(text("UPDATE shops SET waitlist = 'off'"))
    session.commit()
    assert "/join/" not in desk.get(PATH).text
