"""How parsed answers are scored. One file a task."""
