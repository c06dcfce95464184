"""``python -m huiwen``."""

from huiwen.cli import main

main()
