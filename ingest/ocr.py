"""Text of images, by the recognition models that come with the rapidocr package."""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huiwen.types import Box
from ingest.layout import Line

# A strip this much longer than wide is a ruled line; the recogniser raises on it.
_MAX_ASPECT = 40
# What is recognised with less confidence is as often dirt as text.
_MIN_SCORE = 0.5
# Print is a little smaller than the box that its strokes and spacing take up.
_SIZE_OF_HEIGHT = 0.8


def recognise(image: NDArray[np.uint8], page: int, points_per_pixel: float) -> list[Line]:
    """Lines of text in an image of shape ``(height, width[, channels])``.

    Boxes and sizes are in points; ``score`` is the recogniser's confidence.
    """
    short, long = sorted(image.shape[:2])
    if short < 8 or long > _MAX_ASPECT * short or int(image.max()) - int(image.min()) < 8:
        return []
    found = _engine()(image, use_cls=False)
    if found.boxes is None:
        return []
    return list(_lines(found, page, points_per_pixel))


def _lines(found: Any, page: int, scale: float) -> Iterator[Line]:
    for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
        text = text.strip()
        if not text or score < _MIN_SCORE or not np.isfinite(corners).all():
            continue
        xs, ys = corners[:, 0] * scale, corners[:, 1] * scale
        box = Box(page, float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max()))
        # A slanted line's outer box is too high; its own side is what tells the size.
        height = math.dist(corners[0], corners[3]) * scale
        middle, half = (box.y0 + box.y1) / 2, height / 2
        level = Box(page, box.x0, middle - half, box.x1, middle + half)
        yield Line(text, level, height * _SIZE_OF_HEIGHT, float(score))


@functools.cache
def _engine() -> Any:
    """The recogniser, loaded once; its models lie in the package, nothing is fetched."""
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
