"""All that the services know of each other: pydantic models and tables, no I/O."""
