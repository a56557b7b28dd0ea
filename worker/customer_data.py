"""Tasks with which staff manage the personal data of customers."""

from uuid import UUID

from db import audit
from db.customers import customer_merging, forgetting
from db.customers.customer_merging import MergeRefusedError
from domain.effects import NotifyStaff, Severity
from messaging.staff_notifications import notify_staff
from worker.task_run import Outcome, TaskRun, task


@task("forget_customer")
def forget_customer(run: TaskRun, customer_id: UUID, actor: str) -> Outcome:
    """Erases the personal data of a customer. Keeps records about money, without the customer's name."""
    with run.transaction() as session:
        done = forgetting.forget(session, customer_id, by=actor)
        if not done:
            reason = (
                "The customer has a booking, a live offer or an unsent text." if done is False else "No customer."
            )
            return run.settle(session, {"outcome": "refused", "reason": reason})
        return run.settle(session, {"outcome": "forgotten"})


@task("merge_customers")
def merge_customers(run: TaskRun, kept: UUID, duplicate: UUID, actor: str) -> Outcome:
    """Merges a duplicate into another customer, once. Notifies the staff of a refusal."""
    with run.transaction() as session:
        shop_id = forgetting.shop_of(session, kept)
        try:
            with session.begin_nested():
                customer_merging.merge(session, kept=kept, duplicate=duplicate)
        except MergeRefusedError as refused:
            effect = NotifyStaff("not_merged", f"Two customers were not merged. {refused}", Severity.WARNING)
            notify_staff(session, shop_id=shop_id, effect=effect, dedupe_key=f"not_merged:{kept}:{duplicate}")
            return run.settle(session, {"outcome": "refused", "reason": str(refused)})
        audit.note(
            session,
            event="CustomersMerged",
            reason="Two entries of one customer were merged.",
            shop_id=shop_id,
            actor=actor,
            detail={"customer": str(kept), "duplicate": str(duplicate)},
        )
        return run.settle(session, {"outcome": "merged"})
