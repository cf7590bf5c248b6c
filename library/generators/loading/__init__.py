"""Models found on this machine or the hub, fetched, and loaded beside the thread that makes takes."""
