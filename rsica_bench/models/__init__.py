"""What answers: one file a kind of model."""
