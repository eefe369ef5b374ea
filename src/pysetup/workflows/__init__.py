"""Workflows: phases and services joined; the only place where wiring happens."""
