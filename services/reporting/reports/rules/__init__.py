"""Rules of a report's content. Pure."""
