"""Metrics over plain sequences and arrays; they know nothing of datasets or tasks."""
