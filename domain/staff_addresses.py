"""What becomes of a staff member's addresses when they are changed on a page. An address counts once it is confirmed.

Otherwise an owner could write a stranger's number into a row of their own, and the stranger's codes would go there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.phones.e164 import normalise


@dataclass(frozen=True, slots=True)
class Addresses:
    """`phone` as it is stored or typed, `email` likewise; None where there is none."""

    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)

    @property
    def by_channel(self) -> dict[str, str]:
        """Those there are."""
        given = {"sms": self.phone, "email": self.email}
        return {channel: address for channel, address in given.items() if address}


@dataclass(frozen=True, slots=True)
class AddressChange:
    """What the row holds from now on, whether it still counts, and the channels to send an invitation to."""

    row: Addresses
    confirmed: bool
    invite: tuple[str, ...]


def change_addresses(kept: Addresses, typed: Addresses, *, confirmed: bool, own: bool) -> AddressChange | None:
    """A former address of somebody else ends at once; one's `own` stays until the new one is confirmed.

    None: one's own last confirmed address would go before another one is confirmed.
    """
    new = tuple(c for c, address in typed.by_channel.items() if not _same(kept.by_channel.get(c), address))
    if not confirmed:
        return AddressChange(typed, confirmed=False, invite=tuple(typed.by_channel))
    stays = {c: address for c, address in kept.by_channel.items() if c in typed.by_channel and (own or c not in new)}
    if stays:
        return AddressChange(Addresses(stays.get("sms"), stays.get("email")), confirmed=True, invite=new)
    return None if own else AddressChange(typed, confirmed=False, invite=new)


def _same(one: str | None, other: str) -> bool:
    if one is None:
        return False
    return one.lower() == other.lower() or (normalise(one) is not None and normalise(one) == normalise(other))
