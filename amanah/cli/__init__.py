"""The command `amanah`: one module a command group."""
