"""The sentence that describes a chain of move-ups."""

from __future__ import annotations

import pytest

from domain.chain_story import ChainStep, chain_sentence
from domain.state import Stage

MOVED = ChainStep(stage=Stage.RECOVERED, customer="Ana", moved=True)


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        (
            [MOVED, MOVED, MOVED, ChainStep(stage=Stage.RECOVERED, customer="Dana")],
            "One cancellation, three customers moved forward, the last gap sold to Dana.",
        ),
        (
            [MOVED, ChainStep(stage=Stage.CLOSED)],
            "One cancellation, one customer moved forward, the last gap not sold.",
        ),
        (
            [MOVED, MOVED, ChainStep(stage=Stage.OFFERING, customer="Ben")],
            "One cancellation, two customers moved forward, the last gap on offer.",
        ),
        (
            [
                ChainStep(stage=Stage.RECOVERED, customer="Ana"),
                ChainStep(stage=Stage.HOLDING, customer="Ben", rest=True),
            ],
            "One cancellation, what was left of a slot held for Ben.",
        ),
        ([ChainStep(stage=Stage.OFFERING)] * 2, "One cancellation, the last gap on offer."),
    ],
    ids=["a chain of three", "unsold", "on offer", "what is left", "nobody moved"],
)
def test_a_chain_is_told_in_one_sentence(steps: list[ChainStep], sentence: str) -> None:
    assert chain_sentence(steps) == sentence


def test_a_gap_that_nobody_cancelled_starts_a_chain_too() -> None:
    assert chain_sentence([MOVED, MOVED], cancelled=False) == "One free time, two customers moved forward."
