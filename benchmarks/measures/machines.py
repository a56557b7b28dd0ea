"""Measures the throughput with more worker processes on the same Postgres and Valkey, and the processor time by
service.
"""

import os
from collections.abc import Iterator, Mapping

import psutil

from benchmarks.measurements import Measurement, Plot
from benchmarks.measures.offer_rate import SLOTS_A_SHOP, offers_a_second
from benchmarks.system_under_test import ACTING, SystemUnderTest, running
from cli.local.local_services import CELERY, WORKER, LocalService
from cli.local.readiness import AnswersPing
from cli.local.supervised_process import sessions_now

QUEUES = "replies,offers,statuses,texts,payments,sweeps,jobs,celery"
PROCESSES = (1, 2, 4)


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Measures with workers that consume every queue. Each worker is one process with a few threads."""
    alone, shops = None, 2 if quick else 25
    for processes in (1,) if quick else PROCESSES:
        with running(services(processes), baseline=False) as system:
            if not quick:
                offers_a_second(system, "warm up", shops=5)
            before = seconds_used(system)
            rate = offers_a_second(system, f"{processes} machines", shops=shops)
            used = {name: after - before[name] for name, after in seconds_used(system).items()}
        alone = alone or rate
        name = f"offers with {processes} worker process{'es' if processes > 1 else ''}"
        yield Measurement(
            name, rate, "offers/s", alone, None, _shares(used, shops * SLOTS_A_SHOP), plot=_plot(processes)
        )
    yield from _costs(used, shops * SLOTS_A_SHOP)


def _plot(processes: int) -> Plot:
    return Plot("machines", "offers a second", f"{processes} worker process{'es' if processes > 1 else ''}")


def services(workers: int) -> tuple[LocalService, ...]:
    """Returns all services, with this number of workers, each of which consumes every queue."""
    others = tuple(service for service in ACTING if service.pid_name != "PID_WORKER")
    return (*others, *(_worker(f"all-{number}") for number in range(workers)))


def _worker(name: str) -> LocalService:
    command = (*CELERY, "worker", "-n", f"{name}@%h", "-Q", QUEUES, "--pool", "threads", "-c", "8")
    quiet = ("--without-mingle", "--without-gossip")
    return LocalService(f"worker {name}", "PID_WORKER", (*command, *quiet), WORKER, AnswersPing(name))


def seconds_used(system: SystemUnderTest) -> dict[str, float]:
    """Returns the CPU time used so far, in seconds, by service."""
    sessions = sessions_now()
    used = {"workers": 0.0, "web": 0.0, "sandbox": 0.0, "Postgres": 0.0, "Valkey": 0.0}
    for child in system.system.children:
        name = {"PID_WORKER": "workers", "PID_WEB": "web", "PID_SANDBOX": "sandbox"}.get(child.service.pid_name)
        if name:
            used[name] += sum(_used(pid) for pid in child.pids(sessions))
    for server in system.system.servers.values():
        family = [server.pid, *(one.pid for one in psutil.Process(server.pid).children(recursive=True))]
        used[server.name] += sum(_used(pid) for pid in family)
    return used


def _used(pid: int) -> float:
    try:
        # The time of the parent process includes the time of backends that have ended.
        return sum(psutil.Process(pid).cpu_times()[:4])
    except psutil.NoSuchProcess:
        return 0.0


def _shares(used: Mapping[str, float], offers: int) -> str:
    spent = ", ".join(f"{name} {seconds / offers * 1000:.1f}" for name, seconds in used.items())
    return f"processor milliseconds for each offer: {spent}"


def _costs(used: Mapping[str, float], offers: int) -> Iterator[Measurement]:
    """Yields the processor time of an offer, by service, with the largest number of workers."""
    for name, seconds in used.items():
        each = seconds / offers * 1000
        yield Measurement(f"processor time of an offer, {name}", each, "ms", plot=Plot("costs", "an offer", name))
    whole = sum(used.values()) / offers * 1000
    limit = 1000 * (os.cpu_count() or 1) / whole
    yield Measurement(
        "processor time of an offer, all", whole, "ms", note=f"at most {limit:.0f} offers/s on this machine"
    )
