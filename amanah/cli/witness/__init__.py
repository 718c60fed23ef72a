"""`amanah witness`: the commands, and the server, which needs only the log's mathematics and a folder."""
