"""What is heard: the deck, the waveform, the player and its processes, the microphone."""
