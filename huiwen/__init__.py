"""Huiwen: cited question answering over an office's own meeting documents."""

__version__ = "0.1.0"
