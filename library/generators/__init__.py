"""What makes takes: the protocol, the embedded sketcher, and MusicGen."""
