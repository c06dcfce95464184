"""Question to evidence to checked, cited answer."""
