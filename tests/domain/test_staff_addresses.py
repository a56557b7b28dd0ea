"""A new address becomes valid when it is confirmed.

The former address of another person stops working immediately.
"""

import pytest

from domain.staff_addresses import AddressChange, Addresses, change_addresses

A, B, MAIL = "+447700900001", "+447700900002", "kim@salon.example"


@pytest.mark.parametrize(
    ("kept", "typed", "confirmed", "own", "right"),
    [
        # Nothing changes.
        ((A, MAIL), (A, MAIL), True, False, ((A, MAIL), True, ())),
        (("+44 7700 900001", "Kim@Salon.example"), (A, MAIL), True, False, None),
        # Another person's number: the former number stops working, and the e-mail address is kept.
        ((A, MAIL), (B, MAIL), True, False, ((None, MAIL), True, ("sms",))),
        ((A, None), (B, None), True, False, ((B, None), False, ("sms",))),
        ((A, None), (None, MAIL), True, False, ((None, MAIL), False, ("email",))),
        ((A, MAIL), (None, MAIL), True, False, ((None, MAIL), True, ())),
        ((A, None), (A, MAIL), True, False, ((A, None), True, ("email",))),
        # A new number of the same person: the former number is kept until the new number is confirmed.
        ((A, MAIL), (B, MAIL), True, True, ((A, MAIL), True, ("sms",))),
        ((A, None), (B, None), True, True, ((A, None), True, ("sms",))),
        # Before the first confirmation, both addresses may be changed, and each receives a link.
        ((A, None), (B, MAIL), False, False, ((B, MAIL), False, ("sms", "email"))),
    ],
)
def test_the_new_addresses_after_a_change(kept, typed, confirmed, own, right):
    changed = change_addresses(Addresses(*kept), Addresses(*typed), confirmed=confirmed, own=own)
    row, counts, invite = right or (kept, True, ())
    assert changed == AddressChange(Addresses(*row), counts, invite)


def test_ones_own_last_address_is_not_removed_before_another_is_confirmed():
    assert change_addresses(Addresses(A), Addresses(None, MAIL), confirmed=True, own=True) is None
