"""The public entrance: GraphQL, HTTP intake for partners, SMS webhooks, the public log and pages that verify records."""
