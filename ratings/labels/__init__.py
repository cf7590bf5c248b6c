"""Labels: the user's own words on takes, and six colours."""
