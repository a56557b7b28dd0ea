"""The credentials of calendars cannot be read without the key, and the key can be replaced."""

import pytest
from pydantic import SecretStr

from providers.calendars.credentials import CredentialBox, UnreadableCredentialsError
from providers.calendars.port import Connection
from settings.calendars import CalendarSettings

GIVEN = {"api_key": "cal_live_0123456789"}


def box(keys: str) -> CredentialBox:
    return CredentialBox(CalendarSettings(calendar_keys=SecretStr(keys)))


def test_encrypted_values_do_not_appear():
    encrypted = box("a-key-of-some-length").encrypt(GIVEN)
    assert "cal_live" not in encrypted
    assert box("a-key-of-some-length").decrypt(encrypted) == GIVEN


def test_the_key_rotates():
    old = box("the-old-key-of-length").encrypt(GIVEN)
    rotated = box("the-new-key-of-length, the-old-key-of-length").rotate(old)
    assert box("the-new-key-of-length").decrypt(rotated) == GIVEN
    with pytest.raises(UnreadableCredentialsError):
        box("the-new-key-of-length").decrypt(old)
    with pytest.raises(UnreadableCredentialsError):
        box("the-new-key-of-length").rotate(old)


def test_neither_the_box_nor_a_connection_shows_a_secret(a_connection):
    assert "cal_live" not in repr(a_connection)
    assert "a-key" not in repr(box("a-key-of-some-length"))


@pytest.fixture
def a_connection():
    from uuid import UUID

    zero = UUID(int=0)
    return Connection(id=zero, shop_id=zero, kind="calcom", name="", credentials=GIVEN, settings={})
