"""The one door to the house: GraphQL, partners' HTTP intake, the public log and the page that verifies a report."""
