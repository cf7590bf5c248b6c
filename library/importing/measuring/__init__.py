"""Reading a sound and measuring it: here, or in processes that do it side by side."""
