"""Rules of handovers: refusals and flags. Pure."""
