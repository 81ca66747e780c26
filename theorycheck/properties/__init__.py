"""Predicates on an activation, decided for all arguments: each returns a verdict with its grade."""
