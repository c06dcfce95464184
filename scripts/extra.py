"""Print the requirements of one extra of pyproject.toml, for scripts/setup."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
sys.stdout.write(" ".join(project["optional-dependencies"][sys.argv[1]]) + "\n")
