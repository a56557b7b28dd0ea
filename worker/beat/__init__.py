"""Beat, which publishes the schedule. If several beat processes run, only one of them publishes at a time."""
