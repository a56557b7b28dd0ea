"""Page requests are counted by route, like requests to endpoints, so that no token becomes a label."""

from __future__ import annotations

from flask.testing import FlaskClient
from prometheus_client import REGISTRY


def counted(route: str, status: int) -> float:
    labels = {"route": route, "status": str(status)}
    return REGISTRY.get_sample_value("slots_requests_total", labels) or 0


def test_a_page_is_counted_by_its_route(web: FlaskClient) -> None:
    before = counted("/app/login", 200), counted("/pay/<link_token:token>", 404)
    web.get("/app/login")
    web.get("/pay/nobody-knows-this-token-of-a-link")
    assert counted("/app/login", 200) == before[0] + 1
    assert counted("/pay/<link_token:token>", 404) + counted("none", 404) > before[1]
    names = [sample.labels.get("route", "") for metric in REGISTRY.collect() for sample in metric.samples]
    assert not [name for name in names if "nobody-knows" in name]


def test_a_refused_form_is_counted(web: FlaskClient) -> None:
    before = counted("/app/login", 400)
    web.post("/app/login", data={"who": "+447700900001"})
    assert counted("/app/login", 400) == before + 1
