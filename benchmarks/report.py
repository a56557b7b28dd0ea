"""The report as JSON: a description of the machine, and the results of each measure."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measurements import Measurement
from cli.local.boot import PROGRAMS
from cli.progress import version_of

RESULTS = Path(__file__).parent / "results"
REPORT, QUICK_REPORT = RESULTS / "report.json", RESULTS / "quick.json"


@dataclass(frozen=True, slots=True)
class Section:
    """The results of a measure.

    `at`: the start (UTC); `seconds`: the duration; `broken`: the error of a failed measure.
    """

    name: str
    title: str
    at: str
    seconds: float
    figures: Sequence[Measurement]
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    machine: Mapping[str, str]
    quick: bool
    sections: Sequence[Section]

    @property
    def seconds(self) -> float:
        return sum(section.seconds for section in self.sections)

    @property
    def broken(self) -> list[Section]:
        return [section for section in self.sections if section.broken]


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def machine() -> dict[str, str]:
    """Describes the hardware and software on which the results depend."""
    return {
        "processor": f"{os.cpu_count()} × {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "Postgres": version_of(PROGRAMS["PID_POSTGRES"]()),
        "Valkey": version_of(PROGRAMS["PID_REDIS"]()),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def save(report: BenchmarkReport, path: Path = REPORT) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = asdict(report)
    for section, plain in zip(report.sections, whole["sections"], strict=True):
        plain["figures"] = [figure.as_json() for figure in section.figures]
    path.write_text(json.dumps(whole, indent=1) + "\n")


def load(path: Path = REPORT) -> BenchmarkReport:
    """Loads the last report. Raises FileNotFoundError if there is no report."""
    whole = json.loads(path.read_text())
    sections = [Section(**{**plain, "figures": _figures(plain)}) for plain in whole["sections"]]
    return BenchmarkReport(whole["machine"], whole["quick"], sections)


def _figures(section: Mapping[str, Any]) -> list[Measurement]:
    return [Measurement.from_json(plain) for plain in section["figures"]]


def merged(earlier: BenchmarkReport, later: BenchmarkReport, order: Sequence[str]) -> BenchmarkReport:
    """Returns the new results, and the earlier results of measures that did not run again."""
    found = {section.name: section for section in (*earlier.sections, *later.sections)}
    return BenchmarkReport(later.machine, later.quick, [found[name] for name in order if name in found])
