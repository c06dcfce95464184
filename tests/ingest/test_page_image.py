"""Pages as pictures: the right page, the right places, and errors where there is none."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from huiwen.errors import InputError, ParseFailedError
from huiwen.settings import Settings
from huiwen.types import Box
from ingest.page_image import page_image
from ingest.parse import parse
from ingest.sandbox import Sandbox
from tests.conftest import ROOT
from tests.ingest.fuzz import survivors

DATA = ROOT / "tests" / "data"
FILES = [
    DATA / "pages" / "公文.pdf", DATA / "pages" / "报纸.pdf", DATA / "formats" / "会议.png",
    DATA / "formats" / "会议.ofd",
]  # fmt: skip


def picture(path: Path, page: int = 1, boxes: tuple[Box, ...] = ()) -> NDArray[np.uint8]:
    png = page_image(path.name, path.read_bytes(), page, boxes)
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_boxes_of_the_paragraphs_hold_the_ink_of_their_page(path: Path) -> None:
    plain = picture(path)
    document = parse(path.name, path.read_bytes())
    boxes = [b for p in document.paragraphs for b in p.boxes if b.page == 1]
    outlined = picture(path, 1, tuple(boxes))
    changed = np.any(plain != outlined, axis=2)
    assert changed.any()
    ink = plain.min(axis=2) < 128
    covered = np.zeros_like(ink)
    for box in boxes:
        # The outline alone tells where a box lies in pixels.
        alone = np.argwhere(np.any(plain != picture(path, 1, (box,)), axis=2))
        (top, left), (bottom, right) = alone.min(axis=0), alone.max(axis=0)
        assert ink[top : bottom + 1, left : right + 1].any()
        covered[top : bottom + 1, left : right + 1] = True
    assert ink[covered].sum() >= 0.9 * ink.sum()
    assert covered.mean() < 0.9


def test_pictures_are_of_a_bounded_size() -> None:
    assert picture(FILES[0]).shape[1] <= 1240
    tall = io.BytesIO()
    Image.new("L", (20, 9000), 255).save(tall, "PNG")
    image = Image.open(io.BytesIO(page_image("长.png", tall.getvalue(), 1, ())))
    assert image.height <= 3 * 1240


def test_boxes_of_other_pages_are_not_drawn() -> None:
    assert np.array_equal(picture(FILES[0]), picture(FILES[0], 1, (Box(2, 9, 9, 99, 99),)))


@pytest.mark.parametrize("page", [0, -1, 99])
@pytest.mark.parametrize("path", [FILES[0], *FILES[2:]], ids=lambda path: path.name)
def test_there_is_no_such_page(path: Path, page: int) -> None:
    with pytest.raises(InputError, match=f"第 {page} 页"):
        page_image(path.name, path.read_bytes(), page, ())


@pytest.mark.parametrize("path", [FILES[0], *FILES[2:]], ids=lambda path: path.name)
def test_mutated_files_end_in_a_picture_or_a_typed_error(path: Path) -> None:
    found = survivors(
        lambda data: page_image(path.name, data, 1, (Box(1, -1e9, 0, 1e9, 5),)),
        path.read_bytes(), path.name, 60,
    )  # fmt: skip
    assert found
    assert all(png.startswith(b"\x89PNG") for png in found)


def test_without_a_chinese_font_the_text_is_pointed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.ofd_image._font_file", lambda: "")
    with pytest.raises(InputError, match="字体"):
        picture(FILES[3])


@pytest.mark.parametrize("path", [FILES[0], FILES[3]], ids=lambda path: path.name)
def test_pages_are_drawn_in_the_confined_process(settings: Settings, path: Path) -> None:
    data = path.read_bytes()
    with Sandbox(settings) as sandbox:
        assert sandbox.page_image(path.name, data, 1, ()) == page_image(path.name, data, 1, ())
        with pytest.raises(InputError) as caught:
            sandbox.page_image(path.name, data, 99, ())
        assert not isinstance(caught.value, ParseFailedError)
        assert sandbox.parse(path.name, data).format == path.suffix[1:]
