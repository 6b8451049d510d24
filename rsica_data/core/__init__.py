"""What every layer stands on: files read within bounds, errors, the registry, journals, workers, command lines.

Whatever a file holds, reading it ends within seconds and a bounded amount of memory, in a value or in a ``UserError``
that names the file and the key. ``tests/reading_rule.py`` (part of ``make lint``) checks that nothing else in the two
packages reads files by other means. Images, rasters and vector maps have their own readers.
"""
