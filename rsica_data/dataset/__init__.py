"""A built dataset: opened, validated, counted, exported, shown, and passed on through the Hugging Face Hub."""
