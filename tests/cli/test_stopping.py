"""On SIGTERM, a process closes all resources that would keep it running, whichever handler receives the signal."""

import signal
import subprocess
import sys

import pytest

from tests.waiting import PATIENCE_SECONDS

# Like the web server, sets the handlers of the event loop before the application's handlers.
PROCESS = """
import asyncio, signal
from web.shutdown import on_shutdown

async def serve():
    loop, ended, let_go = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: print("anything else", flush=True))
    on_shutdown(lambda: loop.call_soon_threadsafe(let_go.set))
    print("ready", flush=True)
    await ended.wait()
    print("the server's own", flush=True)
    await let_go.wait()
    print("let go", flush=True)

asyncio.run(serve())
"""


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_it_releases_the_lock_when_it_is_stopped(process, asked):
    process.send_signal(asked)
    assert set(process.communicate(timeout=PATIENCE_SECONDS)[0].split("\n")) == {"the server's own", "let go", ""}


def test_another_signal_is_no_reason(process):
    process.send_signal(signal.SIGHUP)
    assert process.stdout.readline() == "anything else\n"
    assert process.poll() is None


@pytest.fixture
def process():
    with subprocess.Popen([sys.executable, "-c", PROCESS], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout.readline() == "ready\n"
        yield started
        started.kill()
