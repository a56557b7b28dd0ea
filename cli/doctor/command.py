"""`slots doctor`: the command."""

import sys

import click

from cli.help import Command
from cli.printing import print_json
from cli.progress import say
from cli.target_system import with_data

EXAMPLES = """\
slots doctor                check the system configured by the environment variables
slots doctor --data .data   check the system started by `make up`
slots doctor --json         print JSON: {"healthy": ..., "findings": [{"name", "state", "message", "fix"}]}
"""
LEAST_FREE_MIB = 500
CANARY_SECONDS = 10.0


@click.command(cls=Command, examples=EXAMPLES, short_help="Check settings, servers and keys.")
@click.option("--json", "as_json", is_flag=True, help="Print all findings as JSON.")
@click.option(
    "--disk-free", type=int, default=LEAST_FREE_MIB, show_default=True, help="Required free disk space in MiB."
)
@click.option(
    "--wait", type=float, default=CANARY_SECONDS, show_default=True, help="Seconds to wait for the workers."
)
@with_data
def doctor(as_json: bool, disk_free: int, wait: float) -> None:
    """Check all settings and dependencies, and show a fix for each problem.

    Checks the settings of all processes, Postgres and its schema, Redis, killed processes, every queue (with a test
    task), the last tick of beat, overdue work, invariants, shops, the endpoints (with signed test webhooks), the
    Twilio and Stripe keys, and this machine. The test tasks and webhooks have no effect.

    Exit codes: 0 no failures (there may be warnings), 1 at least one failure.
    """
    import os

    from cli.doctor.findings import Finding, State
    from cli.doctor.print_findings import print_group, summary
    from cli.doctor.run_checks import examine
    from cli.doctor.target import CheckTarget
    from telemetry import logs

    logs.configure(process="doctor", level="CRITICAL")
    findings: list[Finding] = []
    target = CheckTarget(dict(os.environ), least_free_bytes=disk_free * 1024 * 1024, canary_seconds=wait)
    for group, found in examine(target):
        findings += found
        if not as_json:
            print_group(group, found)
    failed = any(finding.state is State.FAILURE for finding in findings)
    if as_json:
        print_json({"healthy": not failed, "findings": findings}, full_phones=True)
    say(summary(findings))
    sys.exit(int(failed))
