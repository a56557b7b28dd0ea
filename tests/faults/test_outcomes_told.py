"""Tests how pages, commands and exports show the end of an offer or a recovery."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from dashboard.shop.recoveries.status_labels import offer_label
from domain.statistics import periods
from tests import builders
from tests.builders import Built
from tests.faults.situations import RecoveryScene
from tests.world import World
from views import customer_directory, exports, recovery_counts, recovery_overview
from views.recovery_overview import Overview
from views.timeline import Codes, timeline

CODES = Codes(carrier=str, decline=str)


@pytest.mark.quick
def test_sold_by_hand_stays_the_headline_after_a_late_yes(world: World) -> None:
    scene = RecoveryScene.set(world).asked().step_in("sold_by_hand")
    world.work()
    scene.says("YES")
    world.work()
    assert world.texts(scene.ana)[-1] == "Sorry, this slot has just been taken."
    assert headline(scene).reason == exported(scene) == "The shop filled the time."


def test_a_late_yes_does_not_become_the_reason_of_a_sale(world: World) -> None:
    scene = RecoveryScene.set(world).asked().passes(timedelta(minutes=16))
    world.beat("expire_offers")
    world.work()
    world.says(scene.ben, scene.shop, "YES")
    world.work()
    assert world.at_stripe(world.intent_of(scene.ben) or "", "succeed") == 200
    world.work()
    scene.says("YES")
    world.work()
    assert exported(scene) == headline(scene).reason == "The deposit is paid."


def test_a_closed_slot_that_was_started_again_has_its_new_outcome(world: World) -> None:
    scene = RecoveryScene.set(world).asked().step_in("stop")
    world.work()
    assert headline(scene).reason == "The search was stopped."
    scene.step_in("start_again")
    world.settle()
    assert headline(scene).reason == "No customer is left to ask."


@pytest.mark.quick
def test_a_declined_card_is_called_one(world: World) -> None:
    scene = RecoveryScene.set(world).held().card("fail")
    world.work()
    assert offer_to(scene, scene.ana) == "Card declined"


def test_an_unpaid_hold_is_not_a_declined_card(world: World) -> None:
    scene = RecoveryScene.set(world).held().passes(timedelta(minutes=16))
    world.beat("expire_offers")
    world.work()
    assert offer_to(scene, scene.ana) == "Deposit not paid"


def test_an_offer_that_staff_ended_says_who(world: World) -> None:
    scene = RecoveryScene.set(world).asked()
    with world.session() as session:
        mia = builders.a_staff_member(session, scene.shop, name="Mia")
    world.later("step_in", world.slot_of(scene.appointment).id, "ask_next", mia.id, shop_id=scene.shop.id)
    world.work()
    assert offer_to(scene, scene.ana) == "Ended by Mia (staff)"
    story = timeline_of(scene)
    assert ("Ana's offer was ended by Mia (staff)", "Ended by Mia (staff).") in story
    assert ("Mia (staff) requested the next customer", "The next customer was requested.") in story
    assert not any("No answer in time" in because for _, because in story)
    assert "Ben was asked" in dict(story)


def test_the_payment_is_listed_before_the_recovery_that_it_completes(world: World) -> None:
    RecoveryScene.set(world).held().card("succeed")
    world.settle()
    with world.session() as session:
        types = list(session.execute(text("SELECT type FROM events ORDER BY xid, seq")).scalars())
    assert types.index("payment.succeeded") < types.index("slot.recovered")


def test_an_action_of_an_api_key_is_shown_with_its_label(world: World) -> None:
    scene = RecoveryScene.set(world).asked()
    slot = world.slot_of(scene.appointment)
    world.later("step_in", slot.id, "ask_next", "api_key:Booking system", shop_id=scene.shop.id)
    world.work()
    story = timeline_of(scene)
    assert ("Ana's offer was ended by API key Booking system", "Ended by API key Booking system.") in story
    assert ("API key Booking system requested the next customer", "The next customer was requested.") in story


def test_the_time_to_fill_counts_from_the_cancellation(world: World) -> None:
    """Ana's card is declined after ten minutes. Ben pays two minutes later."""
    scene = RecoveryScene.set(world).held()
    world.clock.pass_(timedelta(minutes=10))
    scene.card("fail")
    world.work()
    world.clock.pass_(timedelta(minutes=2))
    world.says(scene.ben, scene.shop, "YES")
    world.work()
    assert world.at_stripe(world.intent_of(scene.ben) or "", "succeed") == 200
    world.work()
    with world.session() as session:
        _, month = periods(world.clock.now(), "UTC")
        found = recovery_counts.of_period(session, scene.shop.id, month, zone="UTC").statistics
    assert found.recovered == 1
    assert 12 * 60 <= (found.median_seconds or 0) < 14 * 60


def headline(scene: RecoveryScene) -> Overview:
    with scene.world.session() as session:
        found = recovery_overview.one(session, scene.world.slot_of(scene.appointment).id, shop_id=scene.shop.id)
        assert found is not None
        return found


def exported(scene: RecoveryScene) -> str:
    with scene.world.session() as session:
        (row,) = exports.rows(session, "recoveries", scene.shop.id)
        return str(row["reason"])


def offer_to(scene: RecoveryScene, customer: Built) -> str:
    with scene.world.session() as session:
        (offer,) = customer_directory.offers(session, scene.shop.id, customer.id, limit=5)
        return offer_label(offer.status, offer.ended_as, offer.ended_by).state


def timeline_of(scene: RecoveryScene) -> list[tuple[str, str]]:
    with scene.world.session() as session:
        found = timeline(session, scene.world.slot_of(scene.appointment).id, shop_id=scene.shop.id, codes=CODES)
        assert found is not None
        return [(entry.headline, entry.reason) for entry in found.entries]
