"""Forms of files: rows of predictions as other tools write them, results, boards."""
