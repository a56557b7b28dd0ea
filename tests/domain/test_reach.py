"""The channels of messages that can wait."""

from dataclasses import replace

import pytest

from domain.channels import Channel, Consents, channels_for

EVERYTHING = Consents(
    phone="+447700900101",
    email="ana@example.com",
    sms_opt_in=True,
    whatsapp_opt_in=True,
    email_opt_in=True,
    suppressed=False,
    can_sms=True,
    can_whatsapp=True,
    can_email=True,
)
SMS, WHATSAPP, EMAIL = Channel.SMS, Channel.WHATSAPP, Channel.EMAIL


@pytest.mark.parametrize(
    ("changed", "channels"),
    [
        ({}, (WHATSAPP, EMAIL)),
        ({"whatsapp_opt_in": False}, (SMS, EMAIL)),
        ({"can_whatsapp": False}, (SMS, EMAIL)),
        ({"sms_opt_in": False}, (WHATSAPP, EMAIL)),
        ({"suppressed": True}, (EMAIL,)),
        ({"phone": None}, (EMAIL,)),
        ({"can_whatsapp": False, "can_sms": False}, (EMAIL,)),
        ({"email_opt_in": False}, (WHATSAPP,)),
        ({"email": None}, (WHATSAPP,)),
        ({"email": "ana at example"}, (WHATSAPP,)),
        ({"email": "anna@müller.example"}, (WHATSAPP, EMAIL)),
        ({"email": "jörg@example.com"}, (WHATSAPP, EMAIL)),
        ({"email": "a@b.example\nBcc: c@d.example"}, (WHATSAPP,)),
        ({"can_email": False}, (WHATSAPP,)),
        ({"suppressed": True, "email_opt_in": False}, ()),
    ],
)
def test_only_what_was_agreed_to_and_can_be_reached(changed, channels):
    assert channels_for(replace(EVERYTHING, **changed)) == channels
