"""Checks the appearance without a browser: contrast in both themes, and a label for each state."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from dashboard.assets import FOLDER
from dashboard.customer.booking_state import BookingStage
from dashboard.customer.booking_texts import BOOKING
from dashboard.customer.offer_state import OfferStage
from dashboard.customer.offer_texts import OFFER
from dashboard.customer.payment_state import PayStage
from dashboard.customer.payment_texts import PAY

TONES = [(f"{tone}-ink", f"{tone}-paper") for tone in ("good", "wait", "stop", "calm")]
READ = [
    *((ink, paper) for ink in ("ink", "ink-soft") for paper in ("paper", "surface", "sunken")),
    ("on-ink", "ink"),
    ("surface", "stop-ink"),
    *TONES,
]
SEEN = [("edge", "surface"), ("focus", "paper"), ("focus", "surface")]
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part))
    for part in (FOLDER / "tokens.css").read_text().split("@media")
)


def luminance(colour: str) -> float:
    parts = [int(colour[at:end], 16) / 255 for at, end in pairwise((1, 3, 5, 7))]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(theme: dict[str, str], one: str, other: str) -> float:
    """Returns the contrast ratio defined in https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    darker, lighter = sorted((luminance(theme[one]), luminance(theme[other])))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_all_text_has_contrast(theme: dict[str, str]) -> None:
    assert {pair: contrast(theme, *pair) for pair in READ if contrast(theme, *pair) < 4.5} == {}
    assert {pair: contrast(theme, *pair) for pair in SEEN if contrast(theme, *pair) < 3} == {}


def test_every_stage_has_its_words() -> None:
    assert set(PAY) == set(PayStage)
    assert set(BOOKING) == set(BookingStage)
    assert set(OFFER) == set(OfferStage)


def test_every_file_a_script_or_sheet_asks_for_is_there() -> None:
    for file in FOLDER.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', file.read_text()):
            assert (FOLDER / name).is_file(), f"{file.name} imports {name}"
    assert not [file.name for file in FOLDER.glob("*.css") if "url(" in file.read_text()]
