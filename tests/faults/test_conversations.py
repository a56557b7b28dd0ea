"""A text that needs staff opens one conversation, however often its webhook and its task are repeated."""

from __future__ import annotations

import pytest

from tests import builders
from tests.builders import Built
from tests.faults.situations import RecoveryScene
from tests.world import World

pytestmark = pytest.mark.quick


def conversations(world: World, shop: Built) -> list[tuple[str | None, int]]:
    rows = world.rows(
        """SELECT c.name, v.unread FROM conversations v LEFT JOIN customers c ON c.id = v.customer_id
            WHERE v.shop_id = :id ORDER BY c.name""",
        id=shop.id,
    )
    return [(row.name, row.unread) for row in rows]


def texts(world: World, scene: RecoveryScene, who: Built, body: str) -> None:
    world.says(who, scene.shop, body)
    world.carry()
    world.work()


def test_a_question_of_a_booked_customer_reaches_a_person_and_no_robot_answers(world: World) -> None:
    scene = RecoveryScene.set(world, cancelled=False)
    texts(world, scene, scene.ana, "can I move to 3pm?")
    assert conversations(world, scene.shop) == [("Ana", 1)]
    assert world.texts(scene.ana) == []


def test_an_answer_to_an_offer_is_not_a_conversation(world: World) -> None:
    scene = RecoveryScene.set(world).asked()
    texts(world, scene, scene.ana, "YES")
    assert conversations(world, scene.shop) == []


def test_a_text_of_a_stranger_reaches_a_person_whatever_it_says(world: World) -> None:
    scene = RecoveryScene.set(world, cancelled=False)
    with world.session() as session:
        elsewhere = builders.a_customer(session, builders.a_shop(session))
    texts(world, scene, elsewhere, "YES")
    texts(world, scene, elsewhere, "do you do beards?")
    assert conversations(world, scene.shop) == [(None, 2)]


def test_an_opt_out_is_not_a_conversation(world: World) -> None:
    scene = RecoveryScene.set(world, cancelled=False)
    texts(world, scene, scene.ana, "STOP")
    assert conversations(world, scene.shop) == []


def test_a_repeated_webhook_counts_once(world: World) -> None:
    scene = RecoveryScene.set(world, cancelled=False)
    world.outside.fault("* webhook", "duplicate")
    texts(world, scene, scene.ana, "what time do you open?")
    world.settle()
    assert conversations(world, scene.shop) == [("Ana", 1)]
