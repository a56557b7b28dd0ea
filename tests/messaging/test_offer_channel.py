"""The channel of a text about an offer if WhatsApp has no template for the text."""

from __future__ import annotations

import pytest

from domain.channels import Channel
from domain.templates import TextKind
from messaging.channel_choice import channel_for
from messaging.senders import Senders
from messaging.write_text import TextRecipient

SENDERS = Senders(
    app_url="http://localhost",
    email_ready=True,
    email_from="shop@example.com",
    platform_number=None,
    numbers={"whatsapp": "+447700900001"},
    secret_keys=["key"],
)
ANA = TextRecipient(
    phone="+447700900555",
    email="ana@example.com",
    agreed_to=["whatsapp"],
    senders={},
    shop_name="Salon Lou",
    locale="en",
    written_on=None,
)


@pytest.mark.parametrize(
    ("kind", "channel"),
    [
        (TextKind.MOVE_UP_OFFER, Channel.WHATSAPP),
        (TextKind.OFFER, Channel.WHATSAPP),
        (TextKind.ACCEPTANCE, Channel.EMAIL),
    ],
)
def test_an_offer_goes_by_no_email_without_consent_to_it(kind: TextKind, channel: Channel) -> None:
    assert channel_for(SENDERS, kind, ANA, "whatsapp") is channel
