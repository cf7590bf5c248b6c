"""Any command as a generator: run for each take, its output checked."""
