"""What operators see of a story in Flower."""

import base64
import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.stories.town import Town, wait_for


def test_flower_shows_tasks_by_name_with_the_ids_of_the_business(town: Town) -> None:
    shop = town.shop()
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    assert ana.is_asked()
    wait_for(lambda: str(slot.id) in _arguments(town, "send_next_offer"), "Flower to show the task")


def test_flower_asks_who_is_there(town: Town) -> None:
    request = urllib.request.Request(f"{town.settings['FLOWER_URL']}/tasks")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    refused.value.close()
    assert refused.value.code == 401


def _arguments(town: Town, task: str) -> str:
    token = base64.b64encode(town.settings["FLOWER_BASIC_AUTH"].encode()).decode()
    url = f"{town.settings['FLOWER_URL']}/api/tasks?taskname={task}"
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        tasks: dict[str, dict[str, Any]] = json.load(answer)
    return " ".join(str(found["args"]) for found in tasks.values())
