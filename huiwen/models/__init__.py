"""Model files: what is built in, where it comes from, where it is kept."""
