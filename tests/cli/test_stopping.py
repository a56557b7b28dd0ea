"""A process that is asked to end lets go of what would keep it, whoever handles the signal."""

import signal
import subprocess
import sys

import pytest

# As the web server does: the application first, then a handler of the server's own.
PROCESS = """
import signal, threading
from cli.stopping import when_asked_to_end

let_go = threading.Event()
when_asked_to_end(let_go.set)
signal.signal(signal.SIGTERM, lambda *_: print("the server's own", flush=True))
signal.signal(signal.SIGINT, lambda *_: print("the server's own", flush=True))
signal.signal(signal.SIGHUP, lambda *_: print("anything else", flush=True))
print("ready", flush=True)
while not let_go.wait(0.05):
    pass
print("let go", flush=True)
"""


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_it_lets_go_when_it_is_asked_to_end(process, asked):
    process.send_signal(asked)
    assert set(process.communicate(timeout=20)[0].split("\n")) == {"the server's own", "let go", ""}


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
