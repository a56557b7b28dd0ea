"""The quiet hours of a shop and the stricter hours of some US states, in the recipient's time zone.

US federal law permits texts from 08:00 to 21:00 (47 CFR 64.1200(c)(1)); these hours are the default for shops. The
following states permit calls, and therefore texts, during fewer hours. Their rules apply to +1 numbers by area code.

- Connecticut 09:00 to 20:00, Gen. Stat. 42-288a: https://www.cga.ct.gov/current/pub/chap_743m.htm
- Florida 08:00 to 20:00, Stat. 501.616(6): https://www.flsenate.gov/Laws/Statutes/2024/501.616
- Maryland 08:00 to 20:00, Stop the Spam Calls Act: https://mgaleg.maryland.gov/mgawebsite/Legislation/Details/sb0090?ys=2023RS
- Massachusetts 08:00 to 20:00, ch. 159C s. 3: https://malegislature.gov/Laws/GeneralLaws/PartI/TitleXXII/Chapter159C/Section3
- Oklahoma 08:00 to 20:00, 15 O.S. 775C: http://www.oklegislature.gov/BillInfo.aspx?Bill=hb3168&Session=2200
- Texas 09:00 to 21:00, Sundays from noon, Bus. & Com. Code 301.051: https://statutes.capitol.texas.gov/Docs/BC/htm/BC.301.htm
- Washington 08:00 to 20:00, RCW 19.158.040(2): https://app.leg.wa.gov/RCW/default.aspx?cite=19.158.040
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.phones.e164 import us_state
from domain.time_zones import zone_named

SUNDAY = 6


@dataclass(frozen=True)
class Window:
    """Quiet hours from `starts` (inclusive) to `ends` (exclusive) in local time. They may span midnight."""

    starts: time
    ends: time
    ends_on_sundays: time | None = None

    def end_on(self, day: date) -> time:
        return self.ends_on_sundays if self.ends_on_sundays and day.weekday() == SUNDAY else self.ends

    def holds(self, local: datetime) -> bool:
        wall, ends = local.time(), self.end_on(local.date())
        return self.starts <= wall < ends if self.starts < ends else wall >= self.starts or wall < ends


DEFAULT = Window(time(21), time(8))
STATE_WINDOWS = {
    "CT": Window(time(20), time(9)),
    "FL": Window(time(20), time(8)),
    "MA": Window(time(20), time(8)),
    "MD": Window(time(20), time(8)),
    "OK": Window(time(20), time(8)),
    "TX": Window(time(21), time(9), ends_on_sundays=time(12)),
    "WA": Window(time(20), time(8)),
}

# Two windows that cover the whole day together never end, so the search stops after 16 steps, at least a week ahead.
_MOST_STEPS = 16


def quiet_until(
    now: datetime, *, zone: str | None, quiet_from: time | None, quiet_until: time | None, phone: str | None
) -> datetime | None:
    """Returns the end of the quiet hours (timezone-aware, in UTC), or None if a text may be sent now.

    `now` is timezone-aware. `zone` is the recipient's IANA zone (the customer's, otherwise the shop's); UTC is used
    instead of an unknown zone. If `quiet_from` and `quiet_until` are equal or both None, there are no quiet hours,
    not even the quiet hours of a state. If only one of them is None, its default is used.
    """
    place, at = zone_named(zone), now.astimezone(UTC)
    windows = _windows(quiet_from, quiet_until, phone)
    for _ in range(_MOST_STEPS):
        holding = next((w for w in windows if w.holds(at.astimezone(place))), None)
        if holding is None:
            break
        at = _end(holding, at, place)
    return None if at == now else at


@lru_cache(maxsize=1024)
def _shop_window(quiet_from: time | None, quiet_until: time | None) -> Window:
    return Window(quiet_from or DEFAULT.starts, quiet_until or DEFAULT.ends)


def _windows(quiet_from: time | None, quiet_until: time | None, phone: str | None) -> list[Window]:
    if quiet_from == quiet_until:
        return []
    shop = _shop_window(quiet_from, quiet_until)
    state = STATE_WINDOWS.get(us_state(phone) or "")
    return [shop, state] if state else [shop]


def _end(window: Window, at: datetime, place: ZoneInfo) -> datetime:
    """Returns the next instant at which the local time reaches the end of the window.

    The local time occurs twice when the clocks go back, and may be skipped when they go forward. Fold 0 and fold 1
    yield two instants, of which the first one after `at` is returned.
    """
    local = at.astimezone(place)
    crosses = window.starts > window.end_on(local.date())
    day = local.date() + timedelta(days=1) if crosses and local.time() >= window.starts else local.date()
    wall = datetime.combine(day, window.end_on(day), tzinfo=place)
    readings = sorted(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return next(reading for reading in readings if reading > at)


def time_outside(
    begins: datetime,
    ends: datetime,
    *,
    zone: str | None,
    quiet_from: time | None,
    quiet_until: time | None,
    most: timedelta,
) -> timedelta:
    """Returns the part of the time from `begins` to `ends` that is outside these quiet hours, up to `most`.

    `begins` and `ends` are timezone-aware.
    """
    if quiet_from == quiet_until:
        return min(max(ends - begins, timedelta()), most)
    place, window = zone_named(zone), _shop_window(quiet_from, quiet_until)
    at, total = begins.astimezone(UTC), timedelta()
    while at < ends and total < most:
        local = at.astimezone(place)
        if window.holds(local):
            at = _end(window, at, place)
            continue
        until = min(_next_start(window, at, local), ends)
        total, at = total + (until - at), until
    return min(total, most)


def _next_start(window: Window, at: datetime, local: datetime) -> datetime:
    """Returns the next instant at which the window begins. `at` is outside the window; `local` is its local time."""
    start = datetime.combine(local, window.starts, local.tzinfo).astimezone(UTC)
    if start > at:
        return start
    return datetime.combine(local + timedelta(days=1), window.starts, local.tzinfo).astimezone(UTC)
