"""Numbers, and which class a number of a reply belongs to."""
