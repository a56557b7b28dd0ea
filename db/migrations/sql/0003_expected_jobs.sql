-- A job that has never run has a row as well, which says when it is overdue: a worker that was never started for the
-- jobs' queue would go unnoticed otherwise.
ALTER TABLE job_runs ALTER COLUMN started_at DROP NOT NULL;
