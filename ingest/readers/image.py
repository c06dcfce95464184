"""Reader of images: photographed and scanned pages, recognised."""

from __future__ import annotations

import io
import struct
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from huiwen.errors import InputError
from ingest.content import Content
from ingest.layout import Line, Sheet
from ingest.ocr import recognise
from ingest.typeset import typeset

MAX_PIXELS = 60_000_000
MAX_FRAMES = 200
_POINTS_PER_INCH = 72
_USUAL_DPI = 200
FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
# What Pillow's decoders raise on damaged files, found by fuzzing.
BROKEN = (OSError, ValueError, TypeError, KeyError, IndexError, EOFError, SyntaxError,
           OverflowError, ZeroDivisionError, struct.error, UnidentifiedImageError)  # fmt: skip


def read_image(name: str, data: bytes) -> Content:
    """An image file, each frame a page; raises InputError where no text is recognised."""
    try:
        with warnings.catch_warnings():
            # Its warnings are about odd metadata, which do not concern the picture.
            warnings.simplefilter("ignore")
            sheets = _sheets(name, data)
    except Image.DecompressionBombError as error:
        raise InputError(f"图片“{name}”过大；请缩小后再上传。") from error
    except BROKEN as error:
        raise InputError(f"图片“{name}”已损坏（{error}）；请重新扫描或另存后再上传。") from error
    found = typeset(sheets)
    if not found.draft.blocks:
        raise InputError(f"图片“{name}”里没有认出文字；请用 200 dpi 以上、端正、清晰地重新扫描。")
    return Content(
        found.draft.text,
        tuple(found.draft.blocks),
        pages=len(sheets),
        recovered=True,
        dropped=found.dropped,
        warnings=(f"图片“{name}”的文字由图像识别，请对照原件。",),
    )


def page_lines(data: bytes, number: int, width: float) -> list[Line]:
    """Text recognised in an image that fills a page ``width`` points wide; none in a bad image."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            warnings.simplefilter("ignore")
            if image.width * image.height > MAX_PIXELS:
                return []
            return recognise(_pixels(image), number, width / image.width)
    except (Image.DecompressionBombError, *BROKEN):
        return []


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    """Shape ``(height, width, 3)``, in the order of colours the recogniser takes."""
    if image.mode.startswith("I"):
        # Pillow cuts sixteen bits off at 255 instead of scaling them down.
        deep = np.asarray(image).clip(0, 65535)
        image = Image.fromarray((deep >> 8).astype(np.uint8))
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def _sheets(name: str, data: bytes) -> list[Sheet]:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        frames = getattr(image, "n_frames", 1)
        if frames > MAX_FRAMES:
            raise InputError(
                f"图片“{name}”有 {frames} 页，超过上限 {MAX_FRAMES} 页；请拆分后上传。"
            )
        return [
            _sheet(name, frame, number)
            for number, frame in enumerate(ImageSequence.Iterator(image), start=1)
        ]


def _sheet(name: str, frame: Image.Image, number: int) -> Sheet:
    # Before it is decoded, and each frame anew: their sizes need not be alike.
    if frame.width * frame.height > MAX_PIXELS:
        raise InputError(
            f"图片“{name}”有 {frame.width}×{frame.height} 像素，超过上限 "
            f"{MAX_PIXELS // 10**6}00 万；请缩小后再上传。"
        )
    scale = _POINTS_PER_INCH / page_dpi(frame)
    upright = ImageOps.exif_transpose(frame)
    lines = recognise(_pixels(upright), number, scale)
    return Sheet(number, upright.width * scale, upright.height * scale, tuple(lines))


def page_dpi(frame: Image.Image) -> float:
    """The resolution the file tells, where that makes a page of a sensible size."""
    told = frame.info.get("dpi")
    dpi = float(told[0]) if isinstance(told, tuple) and told else 0.0
    return dpi if 72 < dpi <= 1200 else _USUAL_DPI
