"""The table of all endpoints of the API."""

from api.endpoint import Endpoint
from api.resources import events, me, performers, waitlist, webhook_endpoints

# To add a resource: a module in api/resources with a table ENDPOINTS, and a line here.
ENDPOINTS: tuple[Endpoint, ...] = (
    *me.ENDPOINTS,
    *performers.ENDPOINTS,
    *events.ENDPOINTS,
    *waitlist.ENDPOINTS,
    *webhook_endpoints.ENDPOINTS,
)
