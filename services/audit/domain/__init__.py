"""What an entry of the log must be, and how the published log grows."""
