"""Prompts as texts: the words they are made of, and prompts to try."""
