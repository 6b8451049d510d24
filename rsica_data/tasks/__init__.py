"""The tasks: how each asks, answers, renders and parses. One file a task; words in templates/*.yaml."""
