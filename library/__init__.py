"""What takes are, where they live, how they are made and loaded."""
