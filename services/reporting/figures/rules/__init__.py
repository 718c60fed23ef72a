"""Rules of counting. Pure."""
