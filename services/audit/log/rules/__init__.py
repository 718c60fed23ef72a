"""Rules of the log's growth and alarms. Pure."""
