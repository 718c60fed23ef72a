"""Reports: requested, built from figures, rendered, traced."""
