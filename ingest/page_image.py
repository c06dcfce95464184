"""A page as its file shows it, as a PNG, with paragraphs of it outlined."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence

import pypdfium2 as pdfium
from PIL import Image, ImageDraw, ImageOps

from huiwen.errors import InputError
from huiwen.types import Box
from ingest.ofd_image import ofd_page
from ingest.readers.image import BROKEN, FORMATS, MAX_PIXELS, page_dpi

# Legible on a screen of twice the density, and some 200 kB a page.
_WIDTH = 1240
_POINTS_PER_INCH = 72
_OUTLINE = (29, 78, 216)
_MARGIN = 3.0
RENDERED = ("pdf", "image", "ofd")


def page_image(name: str, data: bytes, page: int, boxes: Sequence[Box]) -> bytes:
    """Page ``page`` (from 1) of a PDF, OFD or image, at most 1,240 pixels wide.

    The boxes that lie on it are outlined. Raises InputError where there is
    no such page or it cannot be shown.
    """
    try:
        shown, scale = _page(name, data, page)
    except (pdfium.PdfiumError, Image.DecompressionBombError, OverflowError, *BROKEN) as error:
        raise InputError(f"文件“{name}”的第 {page} 页无法显示；请打开原件查看。") from error
    draw = ImageDraw.Draw(shown)
    for box in boxes:
        if box.page == page:
            left, top = (box.x0 - _MARGIN) * scale, (box.y0 - _MARGIN) * scale
            right, bottom = (box.x1 + _MARGIN) * scale, (box.y1 + _MARGIN) * scale
            draw.rectangle((left, top, max(left, right), max(top, bottom)), None, _OUTLINE, 3)
    out = io.BytesIO()
    shown.save(out, "PNG")
    return out.getvalue()


def _page(name: str, data: bytes, page: int) -> tuple[Image.Image, float]:
    """The picture and how many of its pixels are a point."""
    if data.startswith(b"%PDF"):
        return _pdf(data, page)
    if data.startswith(b"PK"):
        return ofd_page(name, data, page, _WIDTH)
    return _frame(data, page)


def _pdf(data: bytes, page: int) -> tuple[Image.Image, float]:
    document = pdfium.PdfDocument(data)
    try:
        sheet = document[page - 1]
        width, height = sheet.get_size()
        scale = _scale(width, height)
        return sheet.render(scale=scale).to_pil().convert("RGB"), scale
    finally:
        document.close()


def _frame(data: bytes, page: int) -> tuple[Image.Image, float]:
    with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
        warnings.simplefilter("ignore")
        image.seek(page - 1)
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        points = _POINTS_PER_INCH / page_dpi(image)
        upright = ImageOps.exif_transpose(image)
        width, height = upright.width * points, upright.height * points
        scale = _scale(width, height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        return upright.convert("RGB").resize(size), scale


def _scale(width: float, height: float) -> float:
    """Pixels a point, so that neither a wide page nor a long one makes a large picture."""
    if not (0 < width < float("inf") and 0 < height < float("inf")):
        raise ValueError("a page without extent")
    return min(_WIDTH / width, 3 * _WIDTH / height)
