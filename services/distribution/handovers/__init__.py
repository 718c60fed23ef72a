"""Handovers: a package's contents pass to a recipient, with evidence, exactly once."""
