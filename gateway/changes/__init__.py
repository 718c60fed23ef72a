"""Changes on the bus: read once per process, kept for a while, and passed on to the subscriptions that wait for them."""
