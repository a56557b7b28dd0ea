"""The keys with which the workers call Twilio and Stripe are replaced during operation, without a failed call."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.local.supervised_process import Child
from cli.local.system import System
from tests.deploy.partial_system import partial_system
from tests.live_system import LiveSystem
from tests.waiting import PATIENCE_SECONDS, wait_for

WORKERS = ("replies", "sweeps", "offers", "texts", "payments")
NEEDED = {"sandbox", "web", "beat", *(f"worker {name}" for name in WORKERS)}
NEW = {"STRIPE_API_KEY": "rk_test_the_new_key_of_stripe", "TWILIO_AUTH_TOKEN": "the_new_token_of_twilio"}
SHOPS, PAUSE_SECONDS = 60, 1.0
SHOPS_AFTERWARDS = 2
pytestmark = pytest.mark.long


def test_no_call_fails_while_keys_are_replaced(system: System, live: LiveSystem) -> None:
    old = {name: system.settings[name] for name in NEW}
    with ThreadPoolExecutor(SHOPS) as threads:
        recoveries = [threads.submit(recovery, live, number * PAUSE_SECONDS) for number in range(SHOPS)]
        wait_for(lambda: any(one.done() for one in recoveries), "the first recovery")
        change_keys(live, "", NEW.values())
        for child in system.children:
            if child.name.startswith("worker"):
                restart(child, NEW)
        change_keys(live, "/revoke", old.values())
        recoveries += [threads.submit(recovery, live) for _ in range(SHOPS_AFTERWARDS)]
        for one in recoveries:
            one.result()
    live.wait_until_idle()
    calls = Counter((one["provider"], one["status"]) for one in live.ledger() if one["kind"] == "request")
    assert {status for _, status in calls} <= {200, 201}, calls
    assert min(calls["twilio", 201], calls["stripe", 200]) >= SHOPS + SHOPS_AFTERWARDS


def recovery(live: LiveSystem, starts_after: float = 0) -> None:
    """Zoe cancels, and Ana says YES and pays."""
    time.sleep(starts_after)
    shop = live.shop()
    ana = shop.customer("Ana")
    booked = shop.appointment(shop.customer("Zoe", sms_opt_in=False))
    assert booked.ask_to_cancel()[0] == 202
    slot = wait_for(booked.slot, "the slot to open")
    wait_for(lambda: any("Reply YES" in text for text in ana.texts()), "Ana to be asked")
    ana.says("YES")
    wait_for(lambda: any("/pay/" in text for text in ana.texts()), "the payment link")
    ana.pays()
    wait_for(lambda: slot.bookings() == {"Ana": "booked"}, "the booking")


def change_keys(live: LiveSystem, verb: str, keys: Iterable[str]) -> None:
    """Adds or revokes keys at both providers."""
    for key in keys:
        assert live.post("SANDBOX_URL", f"/sandbox/keys{verb}", {"key": key})[0] == 200


def restart(child: Child, keys: dict[str, str]) -> None:
    """Stops a worker as systemd does, with time to finish its tasks, and starts it with other keys."""
    child.ask_to_end()
    child.end(time.monotonic() + PATIENCE_SECONDS)
    child.settings = {**child.settings, **keys}
    child.start()
    wait_for(child.answers, f"{child.name} to run")


@pytest.fixture
def system(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[System]:
    stores = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    with partial_system(tmp_path, NEEDED, stores) as made:
        yield made


@pytest.fixture
def live(system: System) -> Iterator[LiveSystem]:
    made = LiveSystem(system.settings)
    yield made
    made.leave()
