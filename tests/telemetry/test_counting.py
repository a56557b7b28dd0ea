"""Metrics of processes: a worker's child processes share one port, and only committed changes are counted."""

from dataclasses import replace
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from cli.doctor import host_checks
from cli.doctor.findings import State
from cli.doctor.target import CheckTarget
from cli.local.local_services import CELERY, WEB_SERVER
from cli.local.servers.free_ports import free_port
from db.sessions import sessions
from db.tasks import pending_tasks
from domain.state import Attempt, Offer, OfferStatus, Recovery, Slot, SlotStatus
from outbox.celery_client import client
from outbox.transactions import Publisher, Transactions
from tests.builders import in_
from tests.deploy.small_disk import filled, small_disk
from tests.servers import patient_redis
from tests.waiting import answers, wait_for
from worker.recovery_metrics import count_once_committed

PREFORK = (*CELERY, "worker", "-n", "counted@%h", "-Q", "sweeps", "--pool", "prefork", "-c", "2")
WEB = (*WEB_SERVER, "--port", "{port}", "web.app:create_app")


@pytest.mark.long
def test_the_port_of_a_prefork_worker_shows_what_its_children_count(start, tmp_path, engine, redis_url):
    port, shared = free_port(), tmp_path / "figures"
    shared.mkdir()
    worker = start(PREFORK, METRICS_PORT=str(port), PROMETHEUS_MULTIPROC_DIR=str(shared))
    worker.says("ready.")
    ring_canaries(engine, redis_url, 3)
    done = 'slots_tasks_total{ended="done",task="answer_canary"} 3.0'
    address = f"http://127.0.0.1:{port}/metrics"
    wait_for(lambda: done in (answers(address) or ""), "the metrics of the children")
    assert done in wait_for(lambda: answers(address), "the metrics")


@pytest.mark.long
def test_a_full_folder_of_metrics_stops_nothing(start, tmp_path, engine, redis_url, monkeypatch):
    address = f"http://127.0.0.1:{(port := free_port())}/metrics"
    with small_disk(tmp_path / "figures", size="4m") as disk:
        shared = {"PROMETHEUS_MULTIPROC_DIR": str(disk)}
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(disk))
        with filled(disk):
            worker, web = start(PREFORK, METRICS_PORT=str(port), **shared), start(WEB, **shared)
            ring_canaries(engine, redis_url, 3)
            wait_for(lambda: settled_canaries(engine) == 3, "the tasks")
            assert wait_for(lambda: answers(f"http://127.0.0.1:{web.port}/healthz"), "the web process")
            (finding,) = host_checks.metrics_folder(CheckTarget({}, least_free_bytes=0))
            assert (finding.state, finding.fix[:15]) == (State.FAILURE, "Free some space")
            assert "slots_tasks_total" not in (answers(address) or "")
        ring_canaries(engine, redis_url, 5)
        done = 'slots_tasks_total{ended="done",task="answer_canary"} 8.0'
        wait_for(lambda: done in (answers(address) or ""), "the metrics of before and after")
        (finding,) = host_checks.metrics_folder(CheckTarget({}, least_free_bytes=0))
        assert finding.state is State.OK
        worker.end()
        web.end()


@pytest.mark.long
def test_a_port_that_is_taken_keeps_nobody_from_working(start):
    port = free_port()
    first = start(WEB, METRICS_PORT=str(port))
    wait_for(lambda: answers(f"http://127.0.0.1:{first.port}/healthz"), "the first")
    second = start(WEB, METRICS_PORT=str(port))
    wait_for(lambda: answers(f"http://127.0.0.1:{second.port}/healthz"), "the second")
    assert "metrics_not_served" in second.says("metrics_not_served")


def test_the_results_of_offers_are_counted_after_the_commit(engine, expired):
    before = counted("slots_offers_total", outcome="expired")
    with sessions(engine)() as session:
        count_once_committed(session, [expired])
        session.rollback()
    assert counted("slots_offers_total", outcome="expired") == before

    with sessions(engine).begin() as session:
        count_once_committed(session, [expired])
    assert counted("slots_offers_total", outcome="expired") == before + 1


def ring_canaries(engine, redis_url, times):
    with (
        client(patient_redis(redis_url)) as celery,
        Transactions(sessions(engine), Publisher(celery))() as session,
    ):
        for _ in range(times):
            pending_tasks.add(session, "answer_canary", "sweeps")


def settled_canaries(engine):
    with sessions(engine).begin() as session:
        return session.scalar(text("SELECT count(*) FROM settled_tasks WHERE name = 'answer_canary'"))


def counted(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0


@pytest.fixture
def expired():
    """A recovery before and after its only offer expired, and the current time."""
    slot = Slot(id=uuid4(), shop_id=uuid4(), starts_at=in_(24), ends_at=in_(25), status=SlotStatus.OPEN)
    offer = Offer(id=uuid4(), customer_id=uuid4(), status=OfferStatus.SENT)
    before, over = Recovery(slot=slot, current=Attempt(offer=offer)), replace(offer, status=OfferStatus.EXPIRED)
    return before, replace(before, current=Attempt(offer=over)), in_(0)
