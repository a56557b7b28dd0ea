"""If a worker is killed at any step of a calendar task, both sides have the same bookings as without the kill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from outbox.queues import LEASE
from tests.faults.calendar_shop import CalendarShop
from tests.faults.calendar_situations import SITUATIONS_OF_CALENDARS, CalendarSituation
from tests.faults.test_failpoints import (
    PROVIDER_MAY_KNOW,
    Doomed,
    Seen,
    by_name,
    doomed,
    outside_redis,
    where_something_new_is_left,
)
from tests.world import World

__all__ = ["doomed"]


IN_TURN = [(one, one.kinds[n % len(one.kinds)]) for n, one in enumerate(SITUATIONS_OF_CALENDARS)]
"""Each situation with one kind of calendar."""
EVERY_KIND = [(one, kind) for one in SITUATIONS_OF_CALENDARS for kind in one.kinds]


def rest_of_the_kinds() -> list[tuple[CalendarSituation, str]]:
    """Returns the first situation for each combination of task and calendar kind that is not in IN_TURN."""
    done = {(one.task, kind) for one, kind in IN_TURN}
    first = {(one.task, kind): (one, kind) for one, kind in reversed(EVERY_KIND)}
    return [pair for of_a_task, pair in first.items() if of_a_task not in done]


def rows(pairs: list[tuple[CalendarSituation, str]]) -> list[Any]:
    return [pytest.param(one, kind, id=f"{one.task}-{one.name}-{kind}".replace(" ", "-")) for one, kind in pairs]


@pytest.mark.parametrize(("situation", "kind"), rows(IN_TURN))
def test_a_worker_killed_at_any_step_leaves_one_booking_here_and_there(
    world: World, doomed: Doomed, situation: CalendarSituation, kind: str
) -> None:
    """Steps at which a kill leaves the same state are tested once. These are a third of all steps."""
    seen = check_killed_everywhere(world, doomed.look, doomed, situation, kind, where_something_new_is_left)
    assert outside_redis(seen) >= situation.fewest


@pytest.mark.parametrize(("situation", "kind"), rows(rest_of_the_kinds()))
def test_a_worker_killed_around_a_call_leaves_one_booking_here_and_there(
    world: World, doomed: Doomed, situation: CalendarSituation, kind: str
) -> None:
    """The kinds of calendar differ only in the calls, so the other steps are tested with one kind."""

    def look(world: World, task: Any) -> Seen:
        return [(step, "") for step in doomed.run(world, task, kill_at=None)]

    check_killed_everywhere(world, look, doomed, situation, kind, where_a_provider_may_know)


@pytest.mark.chaos
@pytest.mark.parametrize(("situation", "kind"), rows(EVERY_KIND))
def test_with_every_kind_a_worker_killed_at_any_step_leaves_one_booking(
    world: World, doomed: Doomed, situation: CalendarSituation, kind: str
) -> None:
    check_killed_everywhere(world, doomed.look, doomed, situation, kind, where_something_new_is_left)


@pytest.mark.chaos
@pytest.mark.parametrize(("situation", "kind"), rows(IN_TURN))
def test_a_worker_killed_at_each_single_step_leaves_one_booking_here_and_there(
    world: World, doomed: Doomed, situation: CalendarSituation, kind: str
) -> None:
    check_killed_everywhere(world, doomed.look, doomed, situation, kind, lambda seen: list(range(len(seen))))


def where_a_provider_may_know(seen: Seen) -> list[int]:
    """Returns the steps during and after each call. Without a call, returns the first step."""
    return [number for number, (step, _) in enumerate(seen) if step in PROVIDER_MAY_KNOW] or [0]


def check_killed_everywhere(
    world: World,
    look: Callable[[World, Any], Seen],
    doomed: Doomed,
    situation: CalendarSituation,
    kind: str,
    where: Callable[[Seen], list[int]],
) -> Seen:
    """Kills a worker at each step.

    The world is reset before each kill, because the sandbox has one calendar of each kind.
    """
    seen: Seen = []

    def outcome(kill_at: int | None) -> dict[str, Any]:
        world.begin_anew()
        salon = situation.play(world, kind)
        task = situation.next(salon)
        if kill_at is None:
            seen.extend(look(world, task))
        else:
            doomed.run(world, task, kill_at=kill_at)
        end(salon)
        assert world.broken_promises() == []
        return outcome_of(salon)

    undisturbed = outcome(None)
    killed = where(seen)
    strange = {number: left for number in killed if (left := outcome(number)) != undisturbed}
    assert not strange, [f"{n} {seen[n][0]}: {differences(undisturbed, left)}" for n, left in strange.items()]
    print(f"{len(seen)} steps, {len(killed)} kills: {situation.task}, {situation.name}, {kind}")
    return seen


def differences(usual: dict[str, Any], left: dict[str, Any]) -> dict[str, Any]:
    return {name: (usual[name], left[name]) for name in usual if usual[name] != left[name]}


def end(salon: CalendarShop) -> None:
    """Lets the killed worker's lease expire, lets Ana pay if possible, and reads the whole calendar again."""
    world = salon.world
    world.clock.pass_(LEASE)
    world.work()
    salon.pays(salon.ana)
    world.work()
    world.outside.clear_faults()
    salon.syncs()
    world.settle()
    salon.syncs()
    if world.next_moment() is not None:
        world.settle()


def outcome_of(salon: CalendarShop) -> dict[str, Any]:
    """Returns the state that the shop, the customers, the calendar, the carrier and Stripe can see."""
    world, shop = salon.world, salon.shop.id
    return {
        "here": salon.here(),
        "there": salon.there(),
        "held": salon.held(),
        "calendar": salon.status,
        "slots": salon.slots(),
        "offers": sorted(by_name(world, "slot_offers", "x.status", shop)),
        "payments": world.rows("SELECT status, needs_human FROM payments WHERE shop_id = :id ORDER BY 1", id=shop),
        "texts": sorted(by_name(world, "messages", "x.purpose, x.status", shop)),
        "carried": len(world.texts(salon.ana)),
        "notifications": sorted(world.rows("SELECT kind FROM notifications WHERE shop_id = :id", id=shop)),
        "webhooks": world.outside.box.store.rows("SELECT count(*) FROM calendar_targets")[0][0],
    }
