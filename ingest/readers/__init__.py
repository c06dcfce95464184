"""One reader per format: a file's name and bytes to its Content."""
