"""Beat: publishes the schedule, one of several at a time."""
