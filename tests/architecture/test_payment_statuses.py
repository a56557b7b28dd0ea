"""Each list of payment statuses in SQL equals one of the lists in the domain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from domain import state

DB = Path(__file__).parents[2] / "db"
LISTED = re.compile(r"status IN \(((?:'[a-z]+'(?:, )?)+)\)")
OF_PAYMENTS_ALONE = {"processing", "succeeded", "refunding", "refunded", "disputed"}
NAMED = {
    frozenset(state.UNDECIDED): "money is under way",
    frozenset(state.OPEN_PAYMENTS): "money can still come",
    frozenset(state.IN_HAND): "the shop has the money",
    frozenset(state.PAID): "money came",
    frozenset(state.GONE_BACK - state.IN_HAND): "money is given back",
    frozenset(state.RefundStatus): "every status of a refund",
}


def lists() -> Iterator[tuple[str, frozenset[str]]]:
    for file in sorted([*DB.rglob("*.py"), *DB.rglob("*.sql")]):
        for found in LISTED.findall(file.read_text(encoding="utf-8")):
            words = frozenset(re.findall("[a-z]+", found))
            if words & OF_PAYMENTS_ALONE and "cancelled" not in words:
                yield str(file.relative_to(DB)), words


def test_a_list_of_statuses_is_one_the_domain_names() -> None:
    found = list(lists())
    assert len(found) > 15
    assert [(file, sorted(words)) for file, words in found if words not in NAMED] == []
