"""Beat, which publishes the schedule. Of several, one publishes at a time."""
