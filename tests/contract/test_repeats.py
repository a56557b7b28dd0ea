"""A webhook delivered several times at the same time takes effect once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

from tests.contract.outside import OutsideCallers
from tests.live_system import LiveSystem


def test_ten_copies_of_one_yes_at_once_are_one_acceptance_and_ten_answers(
    live: LiveSystem, outside: OutsideCallers
) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    ana.is_asked()
    start, sid = Barrier(10), f"SM{uuid4().hex}"

    def bring(_: int) -> int:
        start.wait()
        return outside.texts(ana.phone, shop, "YES", sid=sid)

    with ThreadPoolExecutor(10) as pool:
        assert Counter(pool.map(bring, range(10))) == {200: 10}
    ana.gets("/pay/")
    live.wait_until_idle()
    assert slot.bookings() == {"Ana": "pending_payment"}
    assert len([text for text in ana.texts() if "/pay/" in text]) == 1
    done = "SELECT count(*) AS times FROM pending_tasks WHERE shop_id = %s AND name = 'accept_offer'"
    assert live.row(done, shop.id)["times"] == 1
