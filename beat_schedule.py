"""The beat schedule: how often each periodic task is published. Data only.

Each run processes everything that is due, so a lost, late or duplicate message is harmless. `expires` (in seconds,
shorter than the interval) keeps messages from piling up while no worker runs.
"""

from typing import Any

from celery.schedules import crontab

SWEEP_MINUTES = 5
SWEEP = crontab(minute=f"*/{SWEEP_MINUTES}")

STALE_AFTER = 0.9
"""Fraction of the interval after which a message expires."""

RECONCILED_EVERY = {
    # A missed YES must be found within its offer window.
    "reconcile_inbound_texts": 60,
    "reconcile_unknown_texts": 60,
    "reconcile_stripe_events": 120,
    "reconcile_open_intents": 120,
    "reconcile_refunds": 300,
    # Finds changes that no webhook of a connected calendar reported.
    "sync_calendars": 120,
    # The invariants of docs/reference/invariants.md.
    "check_invariants": 600,
}
"""Seconds."""

REMIND_AT_MINUTE = 5

# On the hour, UTC. A nightly job (clean-up at 02:00, outcomes at 00:00, weekly summaries at 08:00, in the time zone
# of each shop) checks every hour for zones where that time has passed, so the next run makes up for an hour without
# beat.
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
    "summarise_weeks": {
        "task": "send_weekly_summaries",
        "args": ["nightly"],
        "schedule": crontab(minute="0"),
        "options": {"expires": 3000},
    },
    "maintain_partitions": {
        "task": "maintain_partitions",
        "schedule": crontab(minute="30"),
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
    """Celery's `beat_schedule`. `tick_seconds` is the interval of the tick, the short check between two sweeps."""
    return {
        "expire_offers": {"task": "expire_offers", "schedule": SWEEP, "options": {"expires": 240}},
        "tick": {"task": "tick", "schedule": tick_seconds, "options": {"expires": STALE_AFTER * tick_seconds}},
        **HOURLY,
        **{
            name: {"task": name, "schedule": seconds, "options": {"expires": STALE_AFTER * seconds}}
            for name, seconds in RECONCILED_EVERY.items()
        },
    }
