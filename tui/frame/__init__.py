"""What every screen stands in: keys, theme, lines that are always there, lists, dialogs."""
