"""What the machine has: memory, threads, devices."""
