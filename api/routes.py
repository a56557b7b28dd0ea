"""The table of all endpoints of the API."""

from api.endpoint import Endpoint
from api.resources import me, performers

# To add a resource: a module in api/resources with a table ENDPOINTS, and a line here.
ENDPOINTS: tuple[Endpoint, ...] = (*me.ENDPOINTS, *performers.ENDPOINTS)
