"""HTTP intake for logistics partners."""
