"""Cases: complaints and escalated alerts, followed up until they are resolved."""
