"""A round on a map, counted by cell."""
