"""The command itself."""

import sys

import click

from cli.help import Command
from cli.target_system import with_data

EXAMPLES = """\
slots doctor                looks at everything the environment names, and says what to do
slots doctor --data .data   the system that `make up` runs
slots doctor --json         for programs: {"healthy": ..., "findings": [{"name", "state", "said", "fix"}]}
"""
LEAST_FREE_MIB = 500
CANARY_SECONDS = 10.0


@click.command(cls=Command, examples=EXAMPLES, short_help="Check settings, servers and keys.")
@click.option("--json", "as_json", is_flag=True, help="All findings as JSON.")
@click.option("--disk-free", type=int, default=LEAST_FREE_MIB, show_default=True, help="MiB that should be free.")
@click.option("--wait", type=float, default=CANARY_SECONDS, show_default=True, help="Seconds workers have to answer.")
@with_data
def doctor(as_json: bool, disk_free: int, wait: float) -> None:
    """Check every setting and every dependency; each failure comes with its fix.

    Looks at the settings of all processes, Postgres and its schema, Redis, a canary through every queue, beat's last
    tick, what waits and what breaks an invariant, shops, the doors with signatures of our own, Twilio's and Stripe's
    keys, and this machine. It changes nothing but rows of its own, which have no effect.

    Exit codes: 0 all is well (warnings are allowed), 1 something fails.
    """
    import os

    from cli.doctor.findings import Finding, State
    from cli.doctor.print_findings import print_group, summary
    from cli.doctor.run_checks import examine
    from cli.doctor.target import Patient
    from cli.printing import print_json
    from cli.progress import say
    from telemetry import logs

    logs.configure(process="doctor", level="CRITICAL")
    findings: list[Finding] = []
    patient = Patient(dict(os.environ), least_free_bytes=disk_free * 1024 * 1024, canary_seconds=wait)
    for group, found in examine(patient):
        findings += found
        if not as_json:
            print_group(group, found)
    failed = any(finding.state is State.FAILURE for finding in findings)
    if as_json:
        print_json({"healthy": not failed, "findings": findings}, full_phones=True)
    say(summary(findings))
    sys.exit(int(failed))
