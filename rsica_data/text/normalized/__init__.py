"""A reply before it is read: reasoning and frames taken off, laid out in lines, rows and fields."""
