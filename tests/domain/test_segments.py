"""The number of segments of a text, as carriers count segments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.segments import Encoding, Segments, count

GSM, UCS = Encoding.GSM_7, Encoding.UCS_2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments(GSM, 0, 0)),
        ("a" * 160, Segments(GSM, 160, 1)),
        ("a" * 161, Segments(GSM, 161, 2)),
        ("a" * 306, Segments(GSM, 306, 2)),
        ("a" * 307, Segments(GSM, 307, 3)),
        ("£20 à Ñ ß ü", Segments(GSM, 11, 1)),
        ("€" * 80, Segments(GSM, 160, 1)),
        ("€" * 81, Segments(GSM, 162, 2)),
        ("a" * 152 + "€" + "a" * 152, Segments(GSM, 306, 3)),
        ("í" * 70, Segments(UCS, 70, 1)),
        ("í" * 71, Segments(UCS, 71, 2)),
        ("í" * 134, Segments(UCS, 134, 2)),
        ("👍" * 35, Segments(UCS, 70, 1)),
        ("👍" * 36, Segments(UCS, 72, 2)),
        ("í" + "👍" * 66, Segments(UCS, 133, 2)),
        ("👍" * 67, Segments(UCS, 134, 3)),
        ("’", Segments(UCS, 1, 1)),
        ("\u00a0", Segments(UCS, 1, 1)),
    ],
)
def test_a_text_takes_this_many_segments(text: str, expected: Segments) -> None:
    assert count(text) == expected


@given(st.text(), st.text())
def test_more_text_never_takes_fewer_segments(text: str, more: str) -> None:
    assert count(text + more).segments >= count(text).segments
