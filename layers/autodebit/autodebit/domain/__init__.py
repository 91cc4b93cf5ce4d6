"""Entities, their transition tables, and the rules that join the two. Pure: no clock, no store, no network."""
