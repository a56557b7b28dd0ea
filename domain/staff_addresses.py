"""Changes of a staff member's addresses. An address can be used for sign-in only after it has been confirmed.

Otherwise an owner could enter a stranger's number and direct sign-in codes there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.phones.e164 import normalise


@dataclass(frozen=True, slots=True)
class Addresses:
    """The phone number and e-mail address, as stored or typed; None if missing."""

    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)

    @property
    def by_channel(self) -> dict[str, str]:
        """The addresses that are set, by channel."""
        given = {"sms": self.phone, "email": self.email}
        return {channel: address for channel, address in given.items() if address}


@dataclass(frozen=True, slots=True)
class AddressChange:
    """The row's new addresses, whether they are confirmed, and the channels that need an invitation."""

    row: Addresses
    confirmed: bool
    invite: tuple[str, ...]


def change_addresses(kept: Addresses, typed: Addresses, *, confirmed: bool, own: bool) -> AddressChange | None:
    """The result of replacing `kept` with `typed`.

    Replacing another member's address takes effect at once; if `own` is set, the old one stays until the new one is
    confirmed. Returns None when a member would remove their own last confirmed address.
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
