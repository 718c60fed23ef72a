"""The GraphQL schema: one module an owner; types are made from the owners' views by explicit `from_view` functions."""
