"""``python -m eval.suites drcd --limit 10`` is ``huiwen eval --suite drcd --limit 10``."""

from __future__ import annotations

import sys

from eval.cli import eval_app
from huiwen.errors import HuiwenError

if __name__ == "__main__":
    try:
        eval_app(["run", "--suite", *sys.argv[1:]])
    except HuiwenError as error:
        sys.exit(f"{error.title}：{error}")
