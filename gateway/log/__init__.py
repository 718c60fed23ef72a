"""The public audit log over HTTP."""
