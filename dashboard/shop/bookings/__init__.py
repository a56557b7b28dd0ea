"""The calendar, and the pages that book, move, cancel and refund appointments."""
