"""The gate for what other programs and servers give back: nothing of it is trusted."""
