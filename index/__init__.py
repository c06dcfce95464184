"""Passages embedded, stored and searched."""
