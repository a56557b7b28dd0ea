"""Customers can answer an offer on the page behind the link in its text."""

from __future__ import annotations

import re

import pytest
import requests

from tests.live_system import LiveSystem
from tests.waiting import PATIENCE_SECONDS

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def test_the_link_of_a_text_answers_the_offer(live: LiveSystem) -> None:
    shop = live.shop(offer_link_in_texts=True)
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    link = re.search(r"https?://\S+", ana.is_asked())
    assert link
    assert link[0].startswith(f"{live.settings['APP_URL']}/offer/")
    with requests.Session() as browser:
        page = browser.get(link[0], timeout=PATIENCE_SECONDS).text
        token = TOKEN.search(page)
        assert token
        browser.post(link[0], data={"csrf_token": token[1], "answer": "yes"}, timeout=PATIENCE_SECONDS)
        slot.offers_become(Ana="accepted")
        assert 'href="/pay/' in browser.get(link[0], timeout=PATIENCE_SECONDS).text
    assert ana.gets("/pay/")


@pytest.mark.long
def test_other_shops_texts_stay_short(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    shop.cancelled()
    assert "http" not in ana.is_asked()
