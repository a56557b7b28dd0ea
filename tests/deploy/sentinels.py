"""A primary, a replica and three Sentinels with passwords, as an operator would run them."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import redis
from redis.sentinel import Sentinel

from cli.local.servers.embedded_valkey import Valkey, program
from cli.local.servers.free_ports import LOOPBACK, free_port
from tests.waiting import wait_for

GROUP, PASSWORD, SENTINEL_PASSWORD = "slots", "data-9d1f0c5e", "sentinel-9d1f0c5e"
OF_A_SENTINEL = """\
port {port}
bind {host}
dir {folder}
requirepass {sentinel_password}
sentinel sentinel-pass {sentinel_password}
sentinel monitor {group} {host} {primary} 2
sentinel auth-pass {group} {password}
sentinel down-after-milliseconds {group} 600000
sentinel failover-timeout {group} 4000
"""


class Group:
    """The started servers. `url` is the value for REDIS_URL."""

    def __init__(self, folder: Path) -> None:
        self.servers = [Valkey(folder / name).start() for name in ("primary", "replica")]
        for server in self.servers:
            with redis.Redis(host=LOOPBACK, port=server.port or 0) as client:
                client.config_set("masterauth", PASSWORD)
                if server is not self.servers[0]:
                    client.replicaof(LOOPBACK, str(self.servers[0].port))
                client.config_set("requirepass", PASSWORD)
        self.ports = [free_port() for _ in range(3)]
        self._processes = [self._sentinel(folder / f"sentinel-{port}", port) for port in self.ports]
        wait_for(self._is_complete, "the Sentinels to know each other and the replica")

    @property
    def url(self) -> str:
        hosts = ",".join(f"{LOOPBACK}:{port}" for port in self.ports)
        return f"sentinel://:{PASSWORD}@{hosts}/0?master_name={GROUP}&sentinel_password={SENTINEL_PASSWORD}"

    def kill_the_primary(self, *, sentinel: int = 0) -> None:
        """Kills the primary and one Sentinel, by default the first one that clients ask.

        The other Sentinels are to notice it soon. Before, no pause of a busy machine may start a failover.
        """
        os.kill(self.servers[0].pid, signal.SIGKILL)
        self._processes[sentinel].kill()
        for port in (port for number, port in enumerate(self.ports) if number != sentinel):
            with redis.Redis(host=LOOPBACK, port=port, password=SENTINEL_PASSWORD) as client:
                client.execute_command("SENTINEL SET", GROUP, "down-after-milliseconds", "1000")

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for server in self.servers:
            server.stop()

    def _sentinel(self, folder: Path, port: int) -> subprocess.Popen[bytes]:
        folder.mkdir()
        config = OF_A_SENTINEL.format(
            port=port,
            host=LOOPBACK,
            folder=folder,
            group=GROUP,
            primary=self.servers[0].port,
            password=PASSWORD,
            sentinel_password=SENTINEL_PASSWORD,
        )
        (folder / "sentinel.conf").write_text(config)
        with (folder / "log").open("wb") as log:
            return subprocess.Popen([program(), folder / "sentinel.conf", "--sentinel"], stdout=log, stderr=log)

    def _is_complete(self) -> bool:
        addresses = [(LOOPBACK, port) for port in self.ports]
        asked = Sentinel(addresses, sentinel_kwargs={"password": SENTINEL_PASSWORD})
        complete = 0
        for sentinel in asked.sentinels:
            with suppress(redis.RedisError):
                state = sentinel.sentinel_masters()[GROUP]
                complete += (state["num-slaves"], state["num-other-sentinels"]) == (1, 2)
            sentinel.close()
        return complete == len(self.ports)
