"""Reader of PDF: the text layer where there is one, recognition of the image where not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pypdfium2 as pdfium

from huiwen.errors import InputError
from ingest.content import Content
from ingest.layout import Sheet, listed
from ingest.ocr import recognise
from ingest.readers.pdf_text import PageText, page_text
from ingest.typeset import typeset

MAX_PAGES = 2000
# Sharp enough for 10.5-point print, the smallest that official papers use for text.
OCR_DPI = 200
_MAX_PIXELS = 40_000_000
_POINTS_PER_INCH = 72


def read_pdf(name: str, data: bytes) -> Content:
    """A PDF file; raises InputError where it is locked, damaged, or gives no text at all."""
    document = _opened(name, data)
    try:
        pages = [_page(document, at) for at in range(len(document))]
    finally:
        document.close()
    return _content(name, pages)


def _opened(name: str, data: bytes) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(data)
        count = len(document)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise InputError(
                f"文件“{name}”设有密码，无法读取；请去掉密码（另存或打印为 PDF）后再上传。"
            ) from error
        raise InputError(
            f"文件“{name}”不是完好的 PDF（{error}）；请用原来的程序重新导出。"
        ) from error
    if count > MAX_PAGES:
        document.close()
        raise InputError(f"文件“{name}”有 {count} 页，超过上限 {MAX_PAGES} 页；请拆分后再上传。")
    if count == 0:
        document.close()
        raise InputError(f"文件“{name}”一页也没有；请用原来的程序重新导出。")
    return document


def _page(document: pdfium.PdfDocument, at: int) -> PageText:
    """One page; a page that cannot be read is one without text, and is reported as such."""
    try:
        page = document[at]
    except pdfium.PdfiumError:
        return PageText(Sheet(at + 1, 0.0, 0.0, ()), 0, readable=False)
    try:
        found = page_text(page, at + 1)
        if found.readable:
            return found
        seen = _recognised(page, at + 1)
        if found.sheet.lines and _characters(seen) <= _characters(found.sheet):
            return replace(found, readable=True)
        return replace(found, sheet=seen)
    except (pdfium.PdfiumError, OverflowError):
        return PageText(Sheet(at + 1, 0.0, 0.0, ()), 0, readable=False)
    finally:
        page.close()


def _characters(sheet: Sheet) -> int:
    return sum(len(line.text) for line in sheet.lines)


def _recognised(page: pdfium.PdfPage, number: int) -> Sheet:
    """The page as an image, its text recognised; empty where there is nothing to see."""
    width, height = page.get_size()
    scale = OCR_DPI / _POINTS_PER_INCH
    pixels = width * height * scale * scale
    if not 0 < pixels < float("inf"):
        return Sheet(number, 0.0, 0.0, ())
    if pixels > _MAX_PIXELS:
        scale *= (_MAX_PIXELS / pixels) ** 0.5
    image = page.render(scale=scale).to_numpy()
    lines = recognise(image, number, 1 / scale)
    return Sheet(number, width, height, tuple(lines))


def _content(name: str, pages: Sequence[PageText]) -> Content:
    recognised = [page.sheet.number for page in pages if not page.readable]
    empty = [n for n in recognised if not pages[n - 1].sheet.lines]
    found = typeset([page.sheet for page in pages])
    if not found.draft.blocks:
        raise InputError(
            f"文件“{name}”的 {len(pages)} 页里都没有认出文字；"
            "请确认不是空白页，扫描件请用 200 dpi 以上重新扫描。"
        )
    hidden = sum(page.hidden for page in pages)
    warnings = []
    if hidden:
        warnings.append(f"文件“{name}”有 {hidden} 处隐藏文字（白色、极小或在页面之外），没有收录。")
    if len(recognised) > len(empty):
        shown = listed([n for n in recognised if n not in empty])
        warnings.append(f"文件“{name}”的第 {shown} 页没有文字层，由图像识别，请对照原件。")
    if empty:
        warnings.append(f"文件“{name}”的第 {listed(empty)} 页没有认出文字；若不是空白页，请检查。")
    return Content(
        found.draft.text,
        tuple(found.draft.blocks),
        pages=len(pages),
        recovered=found.columns or bool(recognised),
        dropped=found.dropped + sum(page.slanted > 0 for page in pages),
        hidden=hidden,
        warnings=tuple(warnings),
    )
