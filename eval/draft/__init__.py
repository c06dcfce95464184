"""Gold questions drafted from a library's documents, for a person to confirm."""
