"""Takes on disk: crash-safe files, shards of one writer each, and the catalog that reads their union."""
