"""Whether a reading accounts for all that a reply states: where evidence conflicts or is left over, nothing is read."""
