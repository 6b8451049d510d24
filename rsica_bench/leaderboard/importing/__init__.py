"""Published predictions files scored by a benchmark's protocol: a module a kind of file."""
