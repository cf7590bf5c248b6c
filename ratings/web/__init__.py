"""What pages for browsers are made of: a document that runs nothing but its own, and sounds."""
