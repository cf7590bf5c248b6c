"""Making takes: the form, the queue and the takes that come in."""
