"""The channels for messages that are not urgent."""

from dataclasses import replace

import pytest

from domain.channels import Channel, ReachableCustomer, channels_for

ALL = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.EMAIL})
EVERYTHING = ReachableCustomer(
    phone_e164="+447700900101",
    email="ana@example.com",
    agreed_to=ALL,
    usable=ALL,
    suppressed=False,
)
SMS, WHATSAPP, EMAIL = Channel.SMS, Channel.WHATSAPP, Channel.EMAIL


@pytest.mark.parametrize(
    ("changed", "channels"),
    [
        ({}, (WHATSAPP, EMAIL)),
        ({"agreed_to": ALL - {WHATSAPP}}, (SMS, EMAIL)),
        ({"usable": ALL - {WHATSAPP}}, (SMS, EMAIL)),
        ({"agreed_to": ALL - {SMS}}, (WHATSAPP, EMAIL)),
        ({"suppressed": True}, (EMAIL,)),
        ({"phone_e164": None}, (EMAIL,)),
        ({"usable": frozenset({EMAIL})}, (EMAIL,)),
        ({"agreed_to": ALL - {EMAIL}}, (WHATSAPP,)),
        ({"email": None}, (WHATSAPP,)),
        ({"email": "ana at example"}, (WHATSAPP,)),
        ({"email": "anna@müller.example"}, (WHATSAPP, EMAIL)),
        ({"email": "jörg@example.com"}, (WHATSAPP, EMAIL)),
        ({"email": "a@b.example\nBcc: c@d.example"}, (WHATSAPP,)),
        ({"usable": ALL - {EMAIL}}, (WHATSAPP,)),
        ({"suppressed": True, "agreed_to": ALL - {EMAIL}}, ()),
    ],
)
def test_only_what_was_agreed_to_and_can_be_reached(changed, channels):
    assert channels_for(replace(EVERYTHING, **changed)) == channels
