"""Forms of files: rows of predictions as other tools write them, run.json and result.json of runs."""
