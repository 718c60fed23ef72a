"""`amanah witness`: the commands, and the server that stands on the log's mathematics and a folder alone."""
