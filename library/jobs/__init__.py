"""The generation queue, and the worker process behind it."""
