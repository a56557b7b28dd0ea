"""The clock: which task runs how often. Data only.

Every one of these handles everything that is due, never "this tick", so a lost or a doubled tick is harmless.
`expires` (seconds, before the next is due) keeps stale ticks from piling up while no worker runs.
"""

from typing import Any

from celery.schedules import crontab

SWEEP_MINUTES = 5
SWEEP = crontab(minute=f"*/{SWEEP_MINUTES}")

STALE_AFTER = 0.9
"""Of an interval."""

RECONCILED_EVERY = {
    # A YES must be found within its window.
    "reconcile_inbound_texts": 60,
    "reconcile_unknown_texts": 60,
    "reconcile_stripe_events": 120,
    "reconcile_open_intents": 120,
    "reconcile_refunds": 300,
    # Whether the promises hold.
    "check_invariants": 600,
}
"""Seconds."""


REMIND_AT_MINUTE = 5

# On the hour, UTC. A job of the night (02:00 for the clean-up, 00:00 for the outcomes, by each shop's own clock)
# looks every hour for zones where its hour has come: an hour that beat was down is made up for by the next.
HOURLY: dict[str, dict[str, Any]] = {
    "clean_up": {
        "task": "run_all_cleanup_jobs",
        "args": ["nightly"],
        "schedule": crontab(minute="0"),
        "options": {"expires": 3000},
    },
    "remind": {
        "task": "run_all_reminder_jobs",
        "schedule": crontab(minute=REMIND_AT_MINUTE),
        "options": {"expires": 3000},
    },
    "resolve_outcomes": {
        "task": "resolve_outcomes",
        "args": ["nightly"],
        "schedule": crontab(minute="0"),
        "options": {"expires": 3000},
    },
}


def entries(*, tick_seconds: float) -> dict[str, dict[str, Any]]:
    """Celery's `beat_schedule`. `tick_seconds` is the pace of the light tick between the sweeps."""
    return {
        "expire_offers": {"task": "expire_offers", "schedule": SWEEP, "options": {"expires": 240}},
        "tick": {"task": "tick", "schedule": tick_seconds, "options": {"expires": STALE_AFTER * tick_seconds}},
        **HOURLY,
        **{
            name: {"task": name, "schedule": seconds, "options": {"expires": STALE_AFTER * seconds}}
            for name, seconds in RECONCILED_EVERY.items()
        },
    }
