"""Tests each row of the tables of Twilio's codes."""

import pytest

from providers.twilio.delivery_status import STATUSES, Status, status_from
from providers.twilio.twilio_codes import BY_STATUS, ON_DELIVERY, ON_SENDING, TwilioCodeKind, on_delivery, on_sending

DEFINITE = {TwilioCodeKind.REFUSED, TwilioCodeKind.OPTED_OUT, TwilioCodeKind.OURS_TO_FIX, TwilioCodeKind.LATER}


@pytest.mark.parametrize("code", ON_SENDING)
def test_every_refusal_of_a_text_is_definite_and_explained_in_plain_words(code):
    meaning = on_sending(code, 400)

    assert meaning.kind in DEFINITE
    assert meaning.words.endswith(".")
    assert str(code) not in meaning.words


@pytest.mark.parametrize("code", ON_DELIVERY)
def test_every_failed_delivery_ends_the_text(code):
    assert on_delivery(code).kind in {
        TwilioCodeKind.UNDELIVERABLE,
        TwilioCodeKind.OPTED_OUT,
        TwilioCodeKind.OURS_TO_FIX,
    }
    assert on_delivery(code).words.endswith(".")


@pytest.mark.parametrize("status", [500, 502, 503, 302, 0])
def test_an_error_of_twilios_own_is_unknown_whatever_its_code(status):
    kinds = {code: on_sending(code, status).kind for code in (*ON_SENDING, None, 12345)}
    assert {code: kind for code, kind in kinds.items() if kind is not TwilioCodeKind.UNKNOWN} == {}


@pytest.mark.parametrize("status", [400, 402, 418, *BY_STATUS])
def test_an_unknown_code_burns_no_customer(status):
    assert on_sending(99999, status).kind in {TwilioCodeKind.OURS_TO_FIX, TwilioCodeKind.LATER}


@pytest.mark.parametrize("code", [30003, 30005, 30006, 30008, None, 99999])
def test_a_text_that_did_not_arrive_is_undeliverable(code):
    assert on_delivery(code).kind is TwilioCodeKind.UNDELIVERABLE


def test_every_status_has_a_word():
    assert set(Status) == set(STATUSES.values())
    assert status_from("invented") is None
