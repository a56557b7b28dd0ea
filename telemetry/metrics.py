"""What processes count, by Prometheus' names. Labels hold names and codes, never ids or numbers.
None is called `job` or `instance`: Prometheus has these for what it scrapes, and would rename ours.

How things stand at this moment is counted in the database instead: see `views/operator_metrics.py`.
"""

from prometheus_client import Counter, Gauge, Histogram

MINUTE, HOUR, DAY = 60, 3600, 86_400

BELLS_LOST = Counter("slots_bells_lost", "Messages that could not be handed to the broker.", ["task"])
TASKS = Counter("slots_tasks", "Tasks run, by how they ended.", ["task", "ended"])
TASK_SECONDS = Histogram("slots_task_seconds", "How long a task ran.", ["task"])
GATES_OPEN = Counter("slots_gates_open", "Times a Redis gate was passed without Redis.", ["gate"])
JOB_ITEMS = Counter("slots_job_items", "What regular jobs did, item by item, by how it ended.", ["job_name", "ended"])
JOB_SECONDS = Histogram("slots_job_seconds", "How long a run of a regular job took.", ["job_name"])
OFFERS = Counter("slots_offers", "Offers by what became of them.", ["outcome"])
RECOVERIES = Counter("slots_recoveries", "Recoveries that came to an end, sold again or closed.", ["ended"])
FILL_SECONDS = Histogram(
    "slots_fill_seconds",
    "From a time coming free until it is sold again.",
    buckets=(MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY),
)
SIGN_IN_CODES = Counter(
    "slots_sign_in_codes",
    "Sign-in codes that were asked for by members of staff: written, or refused by the limit of a person or a shop.",
    ["outcome"],
)
REQUESTS = Counter("slots_requests", "Requests heard at the doors, by what was answered.", ["route", "status"])
REQUEST_SECONDS = Histogram("slots_request_seconds", "How long a door took to answer.", ["route"])
# Calls without any signature are anybody's and say nothing of a wrong secret: reason "missing".
SIGNATURES_REFUSED = Counter(
    "slots_signatures_refused",
    "Webhooks refused for their signature, by why.",
    ["provider", "reason"],
)
# Of the processes that count it, whoever looked last is right.
VIOLATIONS = Gauge(
    "slots_invariant_violations", "Rows that break an invariant.", ["invariant"], multiprocess_mode="mostrecent"
)
