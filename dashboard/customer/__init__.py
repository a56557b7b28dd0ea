"""The two pages a customer gets by a link: paying, and seeing or cancelling a booking."""
