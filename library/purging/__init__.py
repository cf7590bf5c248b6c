"""Sounds that are dropped because they are proven to come back, and takes that are made again."""
