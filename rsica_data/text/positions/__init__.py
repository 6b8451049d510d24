"""Words of place: compass words, sides, corners, rows and columns."""
