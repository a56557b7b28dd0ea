"""Changes the addresses of a member of staff. An address must be confirmed before it can be used to sign in.

Without the confirmation, an owner could enter a stranger's number, which would then receive sign-in codes.
"""

from dataclasses import dataclass, field

from domain.phones.e164 import normalise


@dataclass(frozen=True, slots=True)
class Addresses:
    """A phone number and an e-mail address, as stored or typed, or None if missing."""

    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)

    @property
    def by_channel(self) -> dict[str, str]:
        """The addresses that are set, by channel."""
        given = {"sms": self.phone, "email": self.email}
        return {channel: address for channel, address in given.items() if address}


@dataclass(frozen=True, slots=True)
class AddressChange:
    """The new addresses of a row, whether they are confirmed, and the channels that need an invitation."""

    row: Addresses
    confirmed: bool
    invite: tuple[str, ...]


def change_addresses(kept: Addresses, typed: Addresses, *, confirmed: bool, own: bool) -> AddressChange | None:
    """Returns the result of replacing `kept` with `typed`, or None if members would lock themselves out.

    An address of another member is replaced immediately. A member's own address (`own`) stays in use until the new
    address is confirmed. Members can't remove their own last confirmed address.
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
