"""A local OpenAI-compatible server with faults that can be asked for: for tests, demos and dry runs."""
