"""Disjointed interventions: found, explained, answered for."""
