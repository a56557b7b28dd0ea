"""The situations in which appointments are cancelled: the hour, and the time left before the start."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random

from simulation.parameters import Behaviour
from simulation.simulated_customers import ZONE

A_TUESDAY = datetime(2030, 5, 7, tzinfo=ZONE)
HOUR = 60
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`leads`: (weight, from, to), with the lead times in minutes. `cancelled`: the range of local hours of the
    cancellation.

    `opens`, `closes`: appointments start between these hours. If None, the lead time alone determines the start.
    """

    name: str
    description: str
    leads: tuple[tuple[float, float, float], ...]
    cancelled: tuple[float, float] = (9, 18)
    starts: tuple[time, time] | None = None
    behaviour: Behaviour = field(default_factory=Behaviour)


SCENARIOS = {
    one.name: one
    for one in (
        Scenario(
            name="mixed",
            description="Cancellations between 08:00 and 20:00, from an hour and a half to a week before the start",
            leads=((2, 1.5 * HOUR, 3 * HOUR), (3, 3 * HOUR, 12 * HOUR), (3, 12 * HOUR, DAY), (2, DAY, 7 * DAY)),
            cancelled=(8, 20),
            starts=(time(9), time(18)),
        ),
        Scenario(
            name="day-24h",
            description="Cancelled between 09:00 and 12:00, 24 hours before the start",
            leads=((1, DAY, DAY),),
            cancelled=(9, 12),
        ),
        Scenario(
            name="target",
            description="Like day-24h, but 11% say YES within 15 minutes (17.9% in total)",
            leads=((1, DAY, DAY),),
            cancelled=(9, 12),
            behaviour=Behaviour(acceptance=0.179),
        ),
        Scenario(
            name="day-3h",
            description="Cancelled between 09:00 and 15:00, three and a half hours before the start",
            leads=((1, 3.5 * HOUR, 3.5 * HOUR),),
            cancelled=(9, 15),
        ),
        Scenario(
            name="short-notice",
            description="Cancelled between 09:00 and 16:00, 90 minutes before the start",
            leads=((1, 1.5 * HOUR, 1.5 * HOUR),),
            cancelled=(9, 16),
        ),
        Scenario(
            name="evening",
            description="Cancelled between 19:00 and 22:00, for the next morning",
            leads=((1, 11 * HOUR, 15 * HOUR),),
            cancelled=(19, 22),
            starts=(time(9), time(12)),
        ),
        Scenario(
            name="week",
            description="Cancelled between 09:00 and 18:00, a week before the start",
            leads=((1, 7 * DAY, 7 * DAY),),
        ),
        Scenario(
            name="small-shop",
            description="Like mixed, but in a shop with 12 customers who agreed to texts",
            leads=((2, 1.5 * HOUR, 3 * HOUR), (3, 3 * HOUR, 12 * HOUR), (3, 12 * HOUR, DAY), (2, DAY, 7 * DAY)),
            cancelled=(8, 20),
            starts=(time(9), time(18)),
            behaviour=Behaviour(customers=12),
        ),
        Scenario(
            name="move-up",
            description="Like day-24h, but a quarter of the customers have a later appointment that can be moved up",
            leads=((1, DAY, DAY),),
            cancelled=(9, 12),
            behaviour=Behaviour(booked_later=0.25),
        ),
        Scenario(
            name="waiting-list",
            description="Like day-24h, but a quarter of the customers are on the waiting list",
            leads=((1, DAY, DAY),),
            cancelled=(9, 12),
            behaviour=Behaviour(on_waiting_list=0.25),
        ),
    )
}

LEAD_TIMES = (("under 3 h", 3 * HOUR), ("3 to 12 h", 12 * HOUR), ("12 to 24 h", DAY), ("over 24 h", 10**9))


def lead_time_of(minutes: float) -> str:
    """Returns the name of a lead time's group in LEAD_TIMES.

    A lead time of exactly 24 hours belongs to "12 to 24 h".
    """
    return next(name for name, most in LEAD_TIMES if minutes <= most)


def draw_times(scenario: Scenario, chance: Random) -> tuple[datetime, datetime]:
    """Draws the times of the cancellation and of the start, in whole minutes."""
    low, high = scenario.cancelled
    cancelled_at = A_TUESDAY + timedelta(minutes=int(chance.uniform(low * HOUR, high * HOUR)))
    _, least, most = chance.choices(scenario.leads, weights=[weight for weight, _, _ in scenario.leads])[0]
    starts_at = cancelled_at + timedelta(minutes=int(chance.uniform(least, most)))
    return cancelled_at, _in_opening_hours(scenario, cancelled_at, starts_at)


def _in_opening_hours(scenario: Scenario, cancelled_at: datetime, starts_at: datetime) -> datetime:
    """Moves a start outside the opening hours to the next opening time."""
    if scenario.starts is None:
        return starts_at
    opens, closes = scenario.starts
    if starts_at.time() < opens:
        return datetime.combine(starts_at.date(), opens, ZONE)
    if starts_at.time() > closes:
        return datetime.combine(starts_at.date() + timedelta(days=1), opens, ZONE)
    return starts_at
