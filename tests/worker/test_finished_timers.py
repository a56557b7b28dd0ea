"""A worker with child processes keeps no timers of finished tasks."""

import os
import subprocess
import sys
from uuid import uuid4

import pytest
from kombu.asynchronous.timer import Timer

from outbox.celery_client import client
from outbox.transactions import ROW_HEADER
from tests.servers import patient, patient_redis
from tests.waiting import PATIENCE_SECONDS
from worker import finished_timers

TASKS, TIMERS_OF_THE_WORKER = 200, 30
WORKER = f"""
import os, signal, sys, threading, time
sys.argv = ["worker.start", "worker", "-n", "timed@%h", "-Q", "sweeps", "--pool", "prefork", "-c", "1"]
from celery.signals import worker_ready
from celery.worker import state
from worker.start import start

def report(timer):
    while state.all_total_count[0] < {TASKS} or state.requests:
        time.sleep(0.05)
    until = time.monotonic() + {PATIENCE_SECONDS / 2}
    while len(timer._queue) > {TIMERS_OF_THE_WORKER} and time.monotonic() < until:
        time.sleep(0.05)
    print(f"timers: {{len(timer._queue)}}", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

@worker_ready.connect(weak=False)
def watch(sender, **_):
    threading.Thread(target=report, args=[sender.hub.timer], daemon=True).start()

start()
"""


def test_a_timer_is_kept_until_it_is_cancelled() -> None:
    timer, fired = Timer(), list[int]()
    started = [timer.call_after(-seconds, fired.append, [seconds]) for seconds in range(10)]
    for cancelled in started[::2]:
        cancelled.cancel()
    finished_timers.drop(timer)
    assert len(timer) == 5
    for _, entry in timer:
        if entry is None:
            break
        entry()
    assert fired == [9, 7, 5, 3, 1]


@pytest.mark.long
def test_a_worker_drops_the_timers_of_its_finished_tasks(redis_url: str, database_url: str) -> None:
    with client(patient_redis(redis_url)) as celery:
        for _ in range(TASKS):
            celery.send_task("answer_canary", args=["x"], headers={ROW_HEADER: str(uuid4())}, queue="sweeps")
    environment = {**os.environ, "DATABASE_URL": patient(database_url), "REDIS_URL": redis_url}
    done = subprocess.run(
        [sys.executable, "-c", WORKER],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert "timers: " in done.stdout, done.stderr[-2000:]
    assert int(done.stdout.rpartition("timers: ")[2].split()[0]) <= TIMERS_OF_THE_WORKER
