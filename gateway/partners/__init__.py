"""The door for logistics partners over HTTP."""
