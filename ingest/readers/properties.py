"""What an Office Open XML file says of itself."""

from __future__ import annotations

import re

from ingest.readers.package import Package

_CORE = "docProps/core.xml"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_TITLE_CHARS = 60
# What programs write unasked; a title people gave has Chinese in it.
_DEFAULT = re.compile(
    r"(?:microsoft|wps|word|powerpoint|excel|untitled|无标题|演示文稿|幻灯片|文档)", re.I
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]{2}")


def core_title(package: Package) -> str:
    """The title in the file's properties, empty where it is none a person would give."""
    root = package.optional(_CORE)
    found = root.find(_TITLE) if root is not None else None
    title = " ".join((found.text or "").split()) if found is not None else ""
    sensible = len(title) <= _TITLE_CHARS and _CHINESE.search(title) and not _DEFAULT.match(title)
    return title if sensible else ""
