"""Servers that the user runs as generators: one bounded way to speak HTTP, and a room for each protocol."""
