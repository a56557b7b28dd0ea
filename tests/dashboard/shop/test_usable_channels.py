"""If the workers cannot use a channel, the pages, commands and API report that no customer is asked through it."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.messages import usable_channels
from domain.channels import Channel
from tests.builders import Built, a_customer, a_slot_freed_by
from tests.dashboard.shop.conftest import StaffBrowser


def test_the_shop_sees_which_channels_nobody_can_be_asked_by(desk: StaffBrowser, session: Session) -> None:
    page = "/app/settings/channels"
    assert "Nobody is asked by" not in desk.get(page).text
    usable_channels.note(session, {Channel.WHATSAPP: False, Channel.EMAIL: True})
    session.commit()
    shown = desk.get(page).text
    assert "no WhatsApp template for offers is set up" in shown
    assert "no e-mail provider" not in shown


def test_the_slots_page_says_that_nobody_is_asked_by_this_channel(
    desk: StaffBrowser, session: Session, salon: Built
) -> None:
    session.execute(text("UPDATE shops SET offer_by_whatsapp = true"))
    rosa = a_customer(session, salon, name="Rosa", sms_opt_in=False, whatsapp_opt_in=True)
    slot = a_slot_freed_by(session, a_customer(session, salon, name="Zoe", sms_opt_in=False))
    session.commit()
    page = f"/app/slot-openings/{slot.id}"
    reason = "Agreed only to WhatsApp, but the shop sends no offers by WhatsApp."
    assert reason not in desk.get(page).text
    usable_channels.note(session, {Channel.WHATSAPP: False})
    session.commit()
    assert reason in desk.get(page).text
    assert rosa.name in desk.get(page).text
