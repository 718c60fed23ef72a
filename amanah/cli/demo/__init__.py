"""`amanah demo`: one programme played from the recipient list to a verified report, by invented people."""
