"""The table of all endpoints of the API."""

from api.endpoint import Endpoint
from api.resources import (
    appointments,
    customers,
    events,
    me,
    performers,
    services,
    slot_candidates,
    slot_openings,
    waitlist,
    webhook_endpoints,
)

# To add a resource, add a module with a table ENDPOINTS to api/resources and list it here.
ENDPOINTS: tuple[Endpoint, ...] = (
    *me.ENDPOINTS,
    *customers.ENDPOINTS,
    *performers.ENDPOINTS,
    *services.ENDPOINTS,
    *appointments.ENDPOINTS,
    *slot_openings.ENDPOINTS,
    *slot_candidates.ENDPOINTS,
    *events.ENDPOINTS,
    *waitlist.ENDPOINTS,
    *webhook_endpoints.ENDPOINTS,
)
