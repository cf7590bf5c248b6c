"""Listening sessions and duels on screen."""
