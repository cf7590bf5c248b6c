"""What each tool writes about its takes, one module a tool, and the order in which they are asked."""
