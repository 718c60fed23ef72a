"""`amanah`: one module a command group."""
