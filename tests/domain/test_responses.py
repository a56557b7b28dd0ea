"""The response to a text that does not answer an offer."""

import pytest

from domain.replies import Reply
from domain.responses import Response, response_to
from domain.templates import TextKind

QUIET = Response()
WHO = Response(TextKind.WHO_WE_ARE)
ASKED = Response(TextKind.ASK_BACK)

# For each reply: the response with an open offer, and the response without an open offer.
EXPECTED = {
    Reply.HELP: (WHO, WHO),
    Reply.WHO: (WHO, WHO),
    Reply.AUTOMATIC: (QUIET, QUIET),
    Reply.REACTION: (QUIET, QUIET),
    Reply.COURTESY: (ASKED, QUIET),
    Reply.UNCLEAR: (Response(TextKind.ASK_BACK, staff=True), Response(staff=True)),
}


@pytest.mark.parametrize("reply", EXPECTED)
def test_the_response_depends_on_the_reply_and_on_an_open_offer(reply: Reply) -> None:
    found = [response_to(reply, live=live, carrier_answered=False, picture=False) for live in (True, False)]
    assert tuple(found) == EXPECTED[reply]


@pytest.mark.parametrize("reply", Reply)
def test_nothing_follows_where_the_carrier_has_answered(reply: Reply) -> None:
    assert response_to(reply, live=True, carrier_answered=True, picture=True) == QUIET


def test_a_picture_with_a_courtesy_is_shown_to_the_staff() -> None:
    assert response_to(Reply.COURTESY, live=False, carrier_answered=False, picture=True) == Response(staff=True)
