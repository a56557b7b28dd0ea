"""Messages to customers and staff: compose, choose the channel, write once. The worker sends and tracks them."""
