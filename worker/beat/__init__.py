"""Beat, which publishes the schedule. If several beats run, only one of them publishes at a time."""
