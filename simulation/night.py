"""Computes the end of quiet hours with the domain's code, once for each minute."""

from datetime import datetime
from functools import lru_cache

from domain.policy import Policy
from domain.quiet_hours import quiet_until


def quiet_hours_end(now: datetime, policy: Policy, phone: str | None) -> datetime | None:
    """Returns the end of the current quiet hours, or None if a text may be sent now.

    Quiet hours begin and end on whole minutes, so results are cached by minute.
    """
    return _end(now.replace(second=0, microsecond=0), policy.timezone, policy.quiet_from, policy.quiet_until, phone)


@lru_cache(maxsize=200_000)
def _end(minute: datetime, zone: str, quiet_from: object, until: object, phone: str | None) -> datetime | None:
    return quiet_until(minute, zone=zone, quiet_from=quiet_from, quiet_until=until, phone=phone)  # type: ignore[arg-type]
