"""Flower shows the tasks of a recovery."""

import base64
import json
import re
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.live_system import LiveSystem
from tests.waiting import PATIENCE_SECONDS, wait_for


def test_flower_shows_tasks_by_name_with_the_ids_of_the_business(live: LiveSystem) -> None:
    # A worker sends events only after Flower's next request.
    wait_for(lambda: _sends_events(live, "offers"), "the worker to send events")
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    assert ana.is_asked()
    wait_for(lambda: str(slot.id) in _arguments(live, "send_next_offer"), "Flower to show the task")


def test_the_list_of_tasks_in_flower_shows_their_arguments(live: LiveSystem) -> None:
    page = _ask_flower(live, "/tasks").decode()
    assert re.findall(r'data-column="(\w+)"', page) == ["name", "args", "state", "received", "runtime", "worker"]


def test_flower_asks_who_is_there(live: LiveSystem) -> None:
    request = urllib.request.Request(f"{live.settings['FLOWER_URL']}/tasks")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=PATIENCE_SECONDS)
    refused.value.close()
    assert refused.value.code == 401


def _sends_events(live: LiveSystem, worker: str) -> bool:
    alive: dict[str, bool] = json.loads(_ask_flower(live, "/api/workers?status=1"))
    return any(name.startswith(f"{worker}@") and up for name, up in alive.items())


def _arguments(live: LiveSystem, task: str) -> str:
    tasks: dict[str, dict[str, Any]] = json.loads(_ask_flower(live, f"/api/tasks?taskname={task}"))
    return " ".join(str(found["args"]) for found in tasks.values())


def _ask_flower(live: LiveSystem, path: str) -> bytes:
    token = base64.b64encode(live.settings["FLOWER_BASIC_AUTH"].encode()).decode()
    request = urllib.request.Request(
        f"{live.settings['FLOWER_URL']}{path}", headers={"Authorization": f"Basic {token}"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        body: bytes = answer.read()
        return body
