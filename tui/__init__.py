"""The terminal app, its audio process and the command line."""
