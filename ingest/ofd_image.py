"""A page of an OFD file drawn from the places of its characters.

No library for Python draws OFD. Fonts, lines and seals are not drawn: what is
shown is where the text stands, for a reader to find the cited paragraph.
"""

from __future__ import annotations

import io
from functools import lru_cache
from itertools import islice
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from huiwen.errors import InputError
from ingest.readers.ofd_package import Package
from ingest.readers.ofd_text import page_text

_POINTS = 72 / 25.4
# Chinese fonts by the file names of Linux distributions, Windows and macOS.
_FONTS = (
    "NotoSerifCJK-Regular", "NotoSansCJK-Regular", "NotoSansSC", "SourceHanS", "wqy-zenhei",
    "wqy-microhei", "simsun", "uming", "ukai", "simhei", "msyh", "PingFang", "STHeiti",
)  # fmt: skip
_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "C:/Windows/Fonts",
    "/System/Library/Fonts",
)
_BLACK = (0, 0, 0)


def ofd_page(name: str, data: bytes, page: int, width_px: int) -> tuple[Image.Image, float]:
    """The picture of page ``page`` (from 1) and how many of its pixels are a point.

    Raises InputError where there is no such page, or no Chinese font to draw with.
    """
    font = _font_file()
    if not font:
        raise InputError(
            f"本机没有中文字体，画不出“{name}”的页面；请安装字体（如 fonts-noto-cjk），"
            "或对照下面的文字查看。"
        )
    package = Package(name, data)
    found = next(islice(package.pages(), page - 1, page), None) if page > 0 else None
    if found is None:
        raise InputError(f"文件“{name}”没有第 {page} 页。")
    width, height = found.box[2] * _POINTS, found.box[3] * _POINTS
    if not (0 < width < float("inf") and 0 < height < float("inf")):
        raise ValueError("a page without extent")
    scale = min(width_px / width, 3 * width_px / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    text = page_text(name, found)
    shown = _scan(package, text.images, size) if text.images and not text.lines else None
    shown = shown or Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(shown)
    for line in text.lines:
        place = (line.box.x0 * scale, (line.box.y0 + line.size) * scale)
        draw.text(place, line.text, _BLACK, _font(font, round(line.size * scale)), anchor="ls")
    return shown, scale


def _scan(package: Package, images: list[str], size: tuple[int, int]) -> Image.Image:
    """The image of a page that has no text: it is taken to fill the page, as its reader does."""
    with Image.open(io.BytesIO(package.media(images[0]))) as image:
        return image.convert("RGB").resize(size)


@lru_cache(maxsize=1)
def _font_file() -> str:
    """A font with Chinese characters on this machine, empty where there is none."""
    files = [
        path
        for folder in _FOLDERS
        for path in Path(folder).rglob("*")
        if path.suffix.lower() in {".ttc", ".ttf", ".otf"}
    ]
    for wanted in _FONTS:
        for path in files:
            if wanted.casefold() in path.name.casefold():
                return str(path)
    return ""


@lru_cache(maxsize=64)
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, max(1, min(size, 500)))
