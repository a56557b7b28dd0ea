"""Alert rules and the Grafana dashboard use only existing metrics and link to a page with instructions."""

import json
import re

import pytest
import yaml

from docs.generator.metrics_page import all_names
from tests.deploy.files import ROOT, services

NAME = re.compile(r"\b((?:slots|provider)_[a-z_]+)\b")
PARTS = re.compile(r"_(bucket|sum|count)$")
ALL_RULES = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
RULES = [rule for rule in ALL_RULES if "alert" in rule]
PANELS = json.loads((ROOT / "deploy/grafana/slots.json").read_text())["panels"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_is_about_figures_that_there_are(rule):
    assert unknown(rule["expr"]) == set()
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_leads_to_what_is_to_be_done(rule):
    page, _, heading = rule["annotations"]["runbook_url"].partition("#")
    assert heading in headings(ROOT / page)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_shows_figures_that_there_are(panel):
    assert [unknown(target["expr"]) for target in panel["targets"]] == [set()] * len(panel["targets"])
    assert panel["description"]


def test_every_figure_is_on_the_dashboard_or_watched():
    watched = " ".join(
        [rule["expr"] for rule in ALL_RULES] + [t["expr"] for panel in PANELS for t in panel["targets"]]
    )
    unwatched = all_names() - {PARTS.sub("", name) for name in NAME.findall(watched)}
    # These metrics are only informative and need no alert.
    assert unwatched <= {
        "slots_webhooks_unhandled",
        "slots_messages_under_way",
        "slots_job_items_total",
        "slots_job_seconds",
        # The autoscaler in deploy/kubernetes/components/keda uses this metric.
        "slots_queue_length",
    }


def test_every_severity_has_a_receiver():
    config = yaml.safe_load((ROOT / "deploy/prometheus/alertmanager.yml").read_text())
    receivers = {receiver["name"] for receiver in config["receivers"]}
    routes = [config["route"], *config["route"]["routes"]]
    assert {route["receiver"] for route in routes} == receivers
    assert [route["receiver"] for route in routes if route.get("matchers") == ['severity="page"']] == ["pager"]


def test_prometheus_asks_everybody_who_shows_figures():
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    ours = [job for job in config["scrape_configs"] if job["job_name"].startswith("slots")]
    asked = {t for job in ours for each in job["static_configs"] for t in each["targets"]}
    showing = {name for name, service in services().items() if "METRICS_PORT" in service.get("environment", {})}
    assert asked == {f"{name}:9464" for name in {*showing, "metrics"}}


def unknown(expression):
    return {name for name in NAME.findall(expression) if PARTS.sub("", name) not in all_names()}


def headings(page):
    """Returns the anchors of all headings of a page."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}
