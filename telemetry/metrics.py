"""The figures an operator watches, by Prometheus' names. Labels hold names and codes, never ids or numbers."""

from prometheus_client import Counter, Gauge, Histogram

BELLS_LOST = Counter("slots_bells_lost", "Messages that could not be handed to the broker.", ["task"])
TASKS = Counter("slots_tasks", "Tasks run, by how they ended.", ["task", "ended"])
TASK_SECONDS = Histogram("slots_task_seconds", "How long a task ran.", ["task"])
GATES_OPEN = Counter("slots_gates_open", "Times a Redis gate was passed without Redis.", ["gate"])
OFFERS = Counter("slots_offers", "Offers by what became of them.", ["outcome"])
JOB_ITEMS = Counter("slots_job_items", "What regular jobs did, item by item, by how it ended.", ["job", "ended"])
JOB_SECONDS = Histogram("slots_job_seconds", "How long a run of a regular job took.", ["job"])
PARKED = Gauge("slots_tasks_parked", "Tasks set aside for a human.")
OLDEST = Gauge("slots_tasks_oldest_seconds", "Age of the oldest task that is due.", ["task"])
DUE = Gauge("slots_tasks_due", "Tasks that are due and not done.", ["task"])
VIOLATIONS = Gauge("slots_invariant_violations", "Rows that break an invariant.", ["invariant"])
