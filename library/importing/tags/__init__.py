"""The tags inside a sound file, read within bounds whatever the file: one module a container."""
