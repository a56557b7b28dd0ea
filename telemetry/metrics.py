"""The Prometheus metrics that processes count. Labels contain names and codes, but no ids or numbers.

No label is called `job` or `instance`, because Prometheus sets these labels. `views/operator_metrics.py` computes the
metrics of the current state from the database.
"""

from prometheus_client import Counter, Gauge, Histogram, values

from telemetry.build import version
from telemetry.shared_values import SharedValue

# Metrics use the class that is set when they are created.
values.ValueClass = SharedValue

MINUTE, HOUR, DAY = 60, 3600, 86_400

PUBLISH_FAILURES = Counter("slots_publish_failures", "Celery messages that the broker did not accept.", ["task"])
TASKS = Counter("slots_tasks", "Task runs by result.", ["task", "ended"])
TASK_SECONDS = Histogram("slots_task_seconds", "Duration of a task run.", ["task"])
GATES_BYPASSED = Counter(
    "slots_gates_bypassed", "Redis locks and cooldowns skipped because Redis was unavailable.", ["gate"]
)
JOB_ITEMS = Counter("slots_job_items", "Items processed by periodic jobs, by result.", ["job_name", "ended"])
JOB_SECONDS = Histogram("slots_job_seconds", "Duration of a run of a periodic job.", ["job_name"])
OFFERS = Counter("slots_offers", "Ended offers by outcome.", ["outcome"])
RECOVERIES = Counter("slots_recoveries", "Ended recoveries: sold, or closed by reason.", ["ended"])
FILL_SECONDS = Histogram(
    "slots_fill_seconds",
    "Time from a cancellation until the slot is sold again.",
    buckets=(MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY),
)
EXPIRY_LAG = Histogram(
    "slots_expiry_lag_seconds",
    "Time from the end of an offer's window until its expiry was processed and the next step was started.",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300),
)
SIGN_IN_CODES = Counter(
    "slots_sign_in_codes",
    "Sign-in codes requested by staff: sent, or refused by the limit of a person or a shop.",
    ["outcome"],
)
REQUESTS = Counter("slots_requests", "HTTP requests by route and status.", ["route", "status"])
REQUEST_SECONDS = Histogram("slots_request_seconds", "Duration of an HTTP request.", ["route"])
# Requests without a signature do not indicate a wrong secret. They have the reason "missing".
SIGNATURES_REFUSED = Counter(
    "slots_signatures_refused",
    "Webhooks refused because of their signature, by reason.",
    ["provider", "reason"],
)
PROVIDER_CALLS = Counter(
    "provider_calls_total", "Calls to a provider, by outcome.", ["provider", "operation", "outcome"]
)
PROVIDER_SECONDS = Histogram(
    "provider_call_seconds",
    "Duration of a call to a provider, including retries of its SDK.",
    ["provider", "operation"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40),
)
WEBHOOK_ATTEMPTS = Counter("slots_webhook_attempts", "Attempts to deliver a webhook, by result.", ["outcome"])
WEBHOOK_SECONDS = Histogram("slots_webhook_seconds", "Duration of an attempt to deliver a webhook.")
# The gauge shows the latest check by any process.
VIOLATIONS = Gauge(
    "slots_invariant_violations", "Rows that violate an invariant.", ["invariant"], multiprocess_mode="mostrecent"
)
# All processes that share a folder write the same number.
BUILD_INFO = Gauge(
    "slots_build_info", "1, labelled with the version of the code.", ["version"], multiprocess_mode="max"
)
BUILD_INFO.labels(version()).set(1)
