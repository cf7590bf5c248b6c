"""The files that a log of one listener is written to."""
