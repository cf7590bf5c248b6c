"""What makes takes: the protocol, how a generator describes itself, and a folder for each."""
