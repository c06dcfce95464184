"""Office Open XML packages: parts, and the relationships between them."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from huiwen.errors import InputError
from ingest.archive import Archive
from ingest.xml import parse_xml

OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
# "Strict" files say the same under other names; one set of names serves both.
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(main|relationships)")


@dataclass(frozen=True, slots=True)
class Relationship:
    """A pointer from one part to another; ``kind`` is the last word of its type."""

    id: str
    kind: str
    target: str


class Package:
    """The parts of one file. Raises InputError for what is damaged or missing."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self._archive = Archive(name, data)
        # Part names are compared without case, and some writers use backslashes.
        self._members = {
            member.replace("\\", "/").lstrip("/").lower(): member for member in self._archive.names
        }

    def has(self, part: str) -> bool:
        """Whether there is a part of that name."""
        return part.lower() in self._members

    def part(self, part: str) -> etree._Element:
        """Root element of a part that must be there."""
        member = self._members.get(part.lower())
        if member is None:
            raise InputError(
                f"文件“{self.name}”缺少 {part}，已损坏；请用原来的程序打开并重新保存。"
            )
        data = self._archive.read(member)
        if b"purl.oclc.org" in data[:8192]:
            data = _STRICT.sub(_transitional, data)
        return parse_xml(self.name, part, data)

    def optional(self, part: str) -> etree._Element | None:
        """Root element of a part, or None where there is none of that name."""
        return self.part(part) if self.has(part) else None

    def relationships(self, part: str) -> dict[str, Relationship]:
        """What ``part`` points to inside the package, by id."""
        folder, _, file = part.rpartition("/")
        root = self.optional(f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels")
        found: dict[str, Relationship] = {}
        for entry in root.iter(_RELATIONSHIP) if root is not None else ():
            if entry.get("TargetMode") == "External":
                continue
            target = unquote(entry.get("Target", "")).replace("\\", "/")
            joined = target if target.startswith("/") else posixpath.join(folder, target)
            identity = entry.get("Id", "")
            kind = entry.get("Type", "").rpartition("/")[2]
            found[identity] = Relationship(identity, kind, posixpath.normpath(joined).lstrip("/"))
        return found

    def related(self, part: str, kind: str) -> list[str]:
        """Names of the parts of a kind that ``part`` points to and that are there."""
        links = self.relationships(part).values()
        return [link.target for link in links if link.kind == kind and self.has(link.target)]


def on(value: str | None) -> bool:
    """Whether an on/off attribute is on; one that is not written counts as on."""
    return value not in ("0", "false", "off", "none")


def whole(value: str | None, default: int = 0) -> int:
    """An integer attribute of bounded size, ``default`` where it is none."""
    try:
        return max(-(2**40), min(2**40, int(float(value or ""))))
    except (ValueError, OverflowError):
        return default


def _transitional(match: re.Match[bytes]) -> bytes:
    vocabulary, last = match.groups()
    return b"http://schemas.openxmlformats.org/" + vocabulary + b"/2006/" + last
