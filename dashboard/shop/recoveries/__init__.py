"""The pages of appointments and slot recoveries, and the staff actions on them."""
