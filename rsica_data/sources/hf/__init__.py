"""Source ``hf``: any Hugging Face dataset of images, by a map of its columns."""
