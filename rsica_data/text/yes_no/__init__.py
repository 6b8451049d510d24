"""Yes and no, changed and unchanged, and one of several options."""
