"""The API server of ACE-Step 1.5."""
