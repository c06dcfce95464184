"""The parts of an OFD package (GB/T 33190): documents, pages, templates, resources."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from huiwen.errors import InputError
from ingest.archive import Archive
from ingest.xml import parse_xml

MAX_PAGES = 5_000
_MAX_DOCUMENTS = 100


@dataclass(frozen=True, slots=True)
class Page:
    """A page's content with what its document lends it; ``box`` is x, y, width, height in mm."""

    number: int
    document: int
    content: etree._Element
    templates: tuple[etree._Element, ...]
    box: tuple[float, ...]
    resources: Resources


@dataclass(frozen=True, slots=True)
class Resources:
    """What the objects of a page refer to by number."""

    units: dict[str, etree._Element] = field(default_factory=dict)
    colours: dict[str, etree._Element] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)


def local(element: etree._Element) -> str:
    """Tag without its namespace: writers disagree on the namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: etree._Element, *path: str) -> Iterator[etree._Element]:
    """Elements at ``path`` below ``element``."""
    for child in element:
        if local(child) == path[0]:
            if len(path) == 1:
                yield child
            else:
                yield from children(child, *path[1:])


def text_at(element: etree._Element, *path: str) -> str:
    """Text of the first element at ``path``, empty where there is none."""
    return next(((child.text or "").strip() for child in children(element, *path)), "")


def numbers(text: str | None) -> tuple[float, ...]:
    """Numbers separated by blanks; none at all where one of them is no sane number."""
    try:
        found = tuple(float(part) for part in (text or "").split())
    except ValueError:
        return ()
    return found if all(abs(value) < 1e6 for value in found) else ()


class Package:
    """An OFD file; paths are resolved inside its archive only."""

    def __init__(self, name: str, data: bytes) -> None:
        self._name = name
        self._archive = Archive(name, data)
        # Writers on Windows disagree with themselves on case and on slashes.
        self._members = {
            posixpath.normpath(member.replace("\\", "/")).lower(): member
            for member in self._archive.names
        }
        self.root = self._xml("OFD.xml", "")

    def pages(self) -> Iterator[Page]:
        """Pages of all documents in order, numbered through from 1."""
        number = 0
        for at, body in enumerate(children(self.root, "DocBody")):
            if at >= _MAX_DOCUMENTS:
                raise InputError(f"文件“{self._name}”内含的文档过多；请拆分后再上传。")
            place = text_at(body, "DocRoot")
            if not place:
                continue
            document = self._xml(place, "")
            base = posixpath.dirname(self._find(place, ""))
            resources = self._resources(document, base)
            templates = {
                page.get("ID", ""): page.get("BaseLoc", "")
                for page in children(document, "CommonData", "TemplatePage")
            }
            read: dict[str, etree._Element] = {}
            for page in children(document, "Pages", "Page"):
                number += 1
                if number > MAX_PAGES:
                    raise InputError(f"文件“{self._name}”超过 {MAX_PAGES} 页；请拆分后再上传。")
                content = self._xml(page.get("BaseLoc", ""), base)
                wanted = [use.get("TemplateID", "") for use in children(content, "Template")]
                for key in dict.fromkeys(wanted):
                    if key in templates and key not in read:
                        read[key] = self._xml(templates[key], base)
                used = tuple(read[key] for key in dict.fromkeys(wanted) if key in read)
                yield Page(number, at, content, used, _box(content, document), resources)

    def media(self, member: str) -> bytes:
        """Bytes of an image member."""
        return self._archive.read(member)

    def _resources(self, document: etree._Element, base: str) -> Resources:
        found = Resources()
        for kind in ("PublicRes", "DocumentRes"):
            for place in children(document, "CommonData", kind):
                member = self._find(place.text or "", base)
                if member not in self._archive.names:
                    continue
                root = self._xml(place.text or "", base)
                folder = posixpath.join(posixpath.dirname(member), root.get("BaseLoc", ""))
                for unit in children(root, "CompositeGraphicUnits", "CompositeGraphicUnit"):
                    found.units[unit.get("ID", "")] = unit
                for style in children(root, "DrawParams", "DrawParam"):
                    for colour in children(style, "FillColor"):
                        found.colours[style.get("ID", "")] = colour
                for medium in children(root, "MultiMedias", "MultiMedia"):
                    image = self._find(text_at(medium, "MediaFile"), folder)
                    if medium.get("Type", "Image") == "Image" and image in self._archive.names:
                        found.media[medium.get("ID", "")] = image
        return found

    def _xml(self, place: str, base: str) -> etree._Element:
        member = self._find(place, base)
        try:
            data = self._archive.read(member)
        except KeyError as error:
            raise InputError(
                f"文件“{self._name}”缺少成员 {place or '（未写明路径）'}，OFD 不完整；"
                "请用原来的程序重新导出。"
            ) from error
        return parse_xml(self._name, member, data)

    def _find(self, place: str, base: str) -> str:
        """Member that ``place`` means, seen from the folder ``base`` and then from the root."""
        place = place.strip().replace("\\", "/")
        for folder in (base, ""):
            # Joined to the root first, so that ".." can never lead out of the archive.
            path = posixpath.normpath(posixpath.join("/", folder, place)).lstrip("/")
            if path.lower() in self._members:
                return self._members[path.lower()]
        return place


def _box(content: etree._Element, document: etree._Element) -> tuple[float, ...]:
    for root, path in ((content, ("Area",)), (document, ("CommonData", "PageArea"))):
        box = numbers(text_at(root, *path, "PhysicalBox"))
        if len(box) == 4 and box[2] > 0 and box[3] > 0:
            return box
    return (0.0, 0.0, 210.0, 297.0)
