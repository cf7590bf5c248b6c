"""Generators that the user defines in generators.toml: commands, and servers that run already."""
