"""Handlers: what extensions ask of an installer, as actions that are data.

A handler says what is to be placed; it does nothing. The actions form a closed set, and
what they place is planned, checked, installed and removed like all other files.
"""
