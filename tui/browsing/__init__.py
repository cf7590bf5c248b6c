"""The library on screen: all takes, one in full, and loading more."""
