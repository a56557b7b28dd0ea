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
            (
                "After one cancellation, three customers moved to earlier times, "
                "and the last free time was sold to Dana."
            ),
        ),
        (
            [MOVED, ChainStep(stage=Stage.CLOSED)],
            "After one cancellation, one customer moved to an earlier time, and the last free time was not sold.",
        ),
        (
            [MOVED, MOVED, ChainStep(stage=Stage.OFFERING, customer="Ben")],
            "After one cancellation, two customers moved to earlier times, and the last free time is on offer.",
        ),
        (
            [
                ChainStep(stage=Stage.RECOVERED, customer="Ana"),
                ChainStep(stage=Stage.HOLDING, customer="Ben", rest=True),
            ],
            "After one cancellation, the remaining time of a slot is held for Ben.",
        ),
        ([ChainStep(stage=Stage.OFFERING)] * 2, "After one cancellation, the last free time is on offer."),
    ],
    ids=["a chain of three", "unsold", "on offer", "what is left", "nobody moved"],
)
def test_a_chain_is_described_in_one_sentence(steps: list[ChainStep], sentence: str) -> None:
    assert chain_sentence(steps) == sentence


def test_a_gap_that_nobody_cancelled_starts_a_chain_too() -> None:
    sentence = chain_sentence([MOVED, MOVED], cancelled=False)
    assert sentence == "After one time became free, two customers moved to earlier times."
