"""Workers return freed memory to the operating system although some of it lies between what is in use."""

from __future__ import annotations

import subprocess
import sys

SCATTERED = """
import re
from worker import free_memory

def resident() -> int:
    return int(re.search(r"Rss:\\s+(\\d+)", open("/proc/self/smaps_rollup").read())[1]) // 1024

pieces = [bytearray(2_000) for _ in range(50_000)]
kept = pieces[::100]
del pieces
before = resident()
for _ in range(free_memory.EVERY - 1):
    free_memory.after_task()
early = resident()
free_memory.after_task()
print(before - early, early - resident())
"""


def test_memory_is_returned_after_a_thousand_tasks() -> None:
    done = subprocess.run([sys.executable, "-c", SCATTERED], capture_output=True, text=True, check=True)

    early, at_last = map(int, done.stdout.split())
    assert early < 5
    assert at_last > 60, "MiB"
