"""An export of the log: what its folder holds, and how it is written."""
