"""Recording from the microphone, in a process of its own."""
