"""Loopback imitations of the services: pure state machines with three plugs."""
