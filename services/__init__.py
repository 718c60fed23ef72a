"""The services: each owns its data, and knows of the others only what the contracts say."""
