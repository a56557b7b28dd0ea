-- A job that has never run also has a row, which contains the time at which the job becomes overdue. Otherwise,
-- operators would not notice that the worker for periodic jobs was never started.
ALTER TABLE job_runs ALTER COLUMN started_at DROP NOT NULL;
