"""PDF with a text layer, scans and images: complete, in reading order, nothing hidden taken in."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from rapidfuzz.distance import LCSseq
from reportlab.lib import pdfencrypt
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from huiwen.errors import InputError
from huiwen.types import Document, ParagraphKind
from ingest.normalise import normalise
from ingest.parse import parse
from tests.data.make_pages import HEAD, OUT, TINY, WHITE, printed

OFFICIAL, NEWSPAPER = printed("水利工作会议纪要.txt"), printed("安全生产季度例会.txt")


def read(name: str) -> Document:
    return parse(name, (OUT / name).read_bytes())


def bare(text: str) -> str:
    return re.sub(r"\s", "", normalise(text))


def whole(document: Document) -> str:
    return bare("".join(p.text for p in document.paragraphs))


def recall(truth: str, text: str) -> float:
    return float(LCSseq.similarity(truth, text)) / len(truth)


def adjacency(paragraphs: list[str], text: str) -> float:
    """Share of neighbours that are neighbours still: the next begins where this one ends."""
    kept = [bare(p) for p in paragraphs if len(bare(p)) > 12]
    ends = [text.find(p[-12:]) + 12 for p in kept]
    starts = [text.find(p[:12]) for p in kept]
    pairs = list(zip(ends, starts[1:], strict=False))
    return sum(0 <= start - end <= 12 for end, start in pairs) / len(pairs)


@pytest.fixture(scope="module")
def official() -> Document:
    return read("公文.pdf")


@pytest.fixture(scope="module")
def newspaper() -> Document:
    return read("报纸.pdf")


@pytest.mark.parametrize("name", ["official", "newspaper"])
def test_the_text_is_complete(name: str, request: pytest.FixtureRequest) -> None:
    _, paragraphs = OFFICIAL if name == "official" else NEWSPAPER
    document = request.getfixturevalue(name)
    assert recall(bare("".join(paragraphs)), whole(document)) >= 0.99


def test_two_columns_are_read_one_after_the_other(newspaper: Document) -> None:
    assert adjacency(NEWSPAPER[1], whole(newspaper)) >= 0.98


def test_paragraphs_are_joined_across_lines_columns_and_pages(
    official: Document, newspaper: Document
) -> None:
    for document, (_, paragraphs) in ((official, OFFICIAL), (newspaper, NEWSPAPER)):
        found = {bare(p.text) for p in document.paragraphs}
        # In print a title of two lines is one, in the text file it is two paragraphs.
        assert sum(bare(p) in found for p in paragraphs) >= 0.92 * len(paragraphs)
    crossing = [p for p in newspaper.paragraphs if len({box.page for box in p.boxes}) > 1]
    assert crossing


def test_running_heads_and_page_numbers_are_dropped(official: Document) -> None:
    text = whole(official)
    assert bare(HEAD) not in text
    assert not re.search("—[123]—", text)
    assert official.report.dropped == 6
    assert official.report.pages == 3


def test_hidden_text_is_reported_and_not_taken_in(official: Document) -> None:
    assert bare(WHITE) not in whole(official)
    assert bare(TINY) not in whole(official)
    assert official.report.hidden >= 1
    assert any("隐藏文字" in warning for warning in official.report.warnings)


def test_titles_headings_and_places(official: Document) -> None:
    assert official.paragraphs[0].kind is ParagraphKind.TITLE
    heading = next(p for p in official.paragraphs if "病险水库除险加固" in p.text)
    assert heading.kind is ParagraphKind.HEADING
    for paragraph in official.paragraphs:
        for box in paragraph.boxes:
            assert 0 <= box.x0 < box.x1 <= 613
            assert 0 <= box.y0 < box.y1 <= 793
    tops = [p.boxes[0].y0 for p in official.paragraphs if p.boxes[0].page == 1]
    assert tops == sorted(tops)


def test_a_scan_is_recognised() -> None:
    document = read("扫描.pdf")
    text = whole(document)
    first = pypdfium2.PdfDocument(OUT / "公文.pdf")
    printed_there = bare("".join(first[at].get_textpage().get_text_range() for at in (0, 1)))
    heads = bare(HEAD)
    truth = re.sub("—[12]—", "", printed_there.replace(heads, ""))
    assert recall(truth, text) >= 0.97
    assert any("图像识别" in warning for warning in document.report.warnings)
    assert all(p.quality <= 1 and p.boxes for p in document.paragraphs)
    assert heads not in text


def test_an_image_is_a_page() -> None:
    page = pypdfium2.PdfDocument(OUT / "报纸.pdf")[0].render(scale=150 / 72).to_pil()
    narrow = page.crop((0, 0, page.width, page.height // 4)).convert("L")
    data = io.BytesIO()
    narrow.save(data, "PNG", dpi=(150, 150))
    document = parse("照片.png", data.getvalue())
    assert document.format == "image"
    assert recall(bare(NEWSPAPER[0]), whole(document)) >= 0.9


def drawn(draw: object, **options: object) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    page = canvas.Canvas(out, **options)  # type: ignore[arg-type]
    page.setFont("STSong-Light", 14)
    draw(page)  # type: ignore[operator]
    page.save()
    return out.getvalue()


def test_white_on_a_dark_bar_is_seen() -> None:
    def draw(page: canvas.Canvas) -> None:
        page.setFillColorRGB(0.1, 0.2, 0.5)
        page.rect(50, 690, 400, 40, fill=1)
        page.setFillColorRGB(1, 1, 1)
        page.drawString(60, 700, "会议决定新建三座桥梁。")
        page.drawString(60, 300, "白纸上的白字谁也看不见。")

    document = parse("a.pdf", drawn(draw))
    assert whole(document) == "会议决定新建三座桥梁。"
    assert document.report.hidden == 1


def scanned(page: canvas.Canvas) -> None:
    image = pypdfium2.PdfDocument(OUT / "公文.pdf")[0].render(scale=150 / 72).to_pil()
    page.drawImage(ImageReader(image.convert("L")), 0, 0, 595, 842)


def test_a_stamp_on_a_scan_does_not_pass_for_its_text() -> None:
    def draw(page: canvas.Canvas) -> None:
        scanned(page)
        page.drawString(60, 20, "由扫描软件于二〇二五年三月五日生成")

    document = parse("a.pdf", drawn(draw))
    assert "主持召开全市水利工作会议" in whole(document)
    assert any("图像识别" in warning for warning in document.report.warnings)


def unpainted(page: canvas.Canvas, lines: list[str]) -> None:
    text = page.beginText(60, 700)
    text.setTextRenderMode(3)
    for line in lines:
        text.textLine(line)
    page.drawText(text)


def test_unpainted_text_counts_over_a_scan_only() -> None:
    lines = [f"会议议定第{n}项工作由市水利局负责按期完成。" for n in range(1, 8)]

    def over_scan(page: canvas.Canvas) -> None:
        scanned(page)
        unpainted(page, lines)

    def over_paper(page: canvas.Canvas) -> None:
        page.drawString(60, 400, "会议决定新建三座桥梁。")
        unpainted(page, lines)

    layered = parse("a.pdf", drawn(over_scan))
    assert whole(layered) == bare("".join(lines))
    assert layered.report.hidden == 0
    plain = parse("a.pdf", drawn(over_paper))
    assert whole(plain) == "会议决定新建三座桥梁。"
    assert plain.report.hidden == 1


def test_a_slanted_watermark_is_no_text() -> None:
    lines = [f"会议听取了第{n}项水利工程的进展汇报。" for n in range(1, 13)]

    def draw(page: canvas.Canvas) -> None:
        for at, line in enumerate(lines):
            page.drawString(60, 760 - 22 * at, line)
        page.translate(300, 600)
        page.rotate(45)
        page.setFont("STSong-Light", 40)
        page.drawCentredString(0, 0, "内部资料注意保存")

    document = parse("a.pdf", drawn(draw))
    assert whole(document) == bare("".join(lines))
    assert document.report.dropped == 1


def picture(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


@pytest.mark.parametrize("mode", ["RGBA", "I;16"])
def test_transparent_and_deep_pictures_are_read_like_any(mode: str) -> None:
    page = pypdfium2.PdfDocument(OUT / "报纸.pdf")[0].render(scale=150 / 72).to_pil()
    grey = page.crop((0, 0, page.width, page.height // 4)).convert("L")
    if mode == "RGBA":
        image = Image.new("RGBA", grey.size, (0, 0, 0, 0))
        image.putalpha(grey.point(lambda value: 255 - value))
    else:
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    assert recall(bare(NEWSPAPER[0]), whole(parse("照片.png", picture(image)))) >= 0.9


def test_every_frame_is_measured_before_it_is_decoded() -> None:
    large = Image.new("1", (12_000, 8_000), 1)
    first = Image.new("1", (100, 100), 1)
    data = picture(first, "TIFF", compression="group4", save_all=True, append_images=[large])
    with pytest.raises(InputError, match="像素"):
        parse("大.tif", data)


@pytest.mark.parametrize("size", [(8, 90_000), (90_000, 9)])
def test_a_strip_is_an_error_of_the_input(size: tuple[int, int]) -> None:
    image = Image.new("L", size, 255)
    image.paste(0, (0, 0, size[0] // 2, size[1] // 2))
    with pytest.raises(InputError, match="没有认出文字"):
        parse("条.png", picture(image))


def test_a_table_keeps_its_rows() -> None:
    def draw(page: canvas.Canvas) -> None:
        for y, row in ((700, "县区 户数 公里"), (680, "东乡 120 35"), (660, "西乡 98 27")):
            for x, cell in zip((60, 200, 340), row.split(), strict=True):
                page.drawString(x, y, cell)

    (table,) = parse("a.pdf", drawn(draw)).paragraphs
    assert table.kind is ParagraphKind.TABLE
    assert table.text == "县区 | 户数 | 公里\n东乡 | 120 | 35\n西乡 | 98 | 27"


def test_three_columns_are_read_one_after_the_other() -> None:
    text = re.sub(r"[!-~]", "", bare("".join(NEWSPAPER[1])))[:900]

    def draw(page: canvas.Canvas) -> None:
        page.setFont("STSong-Light", 11)
        lines = [text[at : at + 15] for at in range(0, len(text), 15)]
        for at, line in enumerate(lines):
            page.drawString(40 + 180 * (at // 20), 780 - 16 * (at % 20), line)

    document = parse("a.pdf", drawn(draw))
    assert whole(document) == text
    assert all(p.kind is not ParagraphKind.TABLE for p in document.paragraphs)


def test_a_table_of_long_cells_is_not_taken_for_columns() -> None:
    rows = [
        (
            f"{n}.东乡水库除险加固",
            "市水利局会同东乡县" + "和西乡县" * (n % 3),
            "2025年6月底前" * (n % 2 + 1),
        )
        for n in range(1, 9)
    ]

    def draw(page: canvas.Canvas) -> None:
        page.setFont("STSong-Light", 9)
        for at, row in enumerate(rows):
            for x, cell in zip((40, 200, 400), row, strict=True):
                page.drawString(x, 780 - 18 * at, cell)

    (table,) = parse("a.pdf", drawn(draw)).paragraphs
    assert table.text.split("\n") == [" | ".join(row) for row in rows]


def test_words_cut_by_a_hyphen_are_joined() -> None:
    def draw(page: canvas.Canvas) -> None:
        page.drawString(60, 700, "The committee resolved to rehabili-")
        page.drawString(60, 682, "tate the pumping stations this year.")

    (paragraph,) = parse("a.pdf", drawn(draw)).paragraphs
    assert "rehabilitate the pumping" in paragraph.text


def test_a_turned_page_is_read_upright() -> None:
    upright = pypdfium2.PdfDocument(OUT / "公文.pdf")
    for page in upright:
        page.set_rotation(90)
    out = io.BytesIO()
    upright.save(out)
    turned = parse("公文.pdf", out.getvalue())
    assert recall(bare("".join(OFFICIAL[1])), whole(turned)) >= 0.97


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.7\nnothing", "不是完好的 PDF"),
        (drawn(lambda page: page.showPage()), "没有认出文字"),
        (
            drawn(
                lambda page: page.drawString(60, 700, "内部"),
                encrypt=pdfencrypt.StandardEncryption("secret"),
            ),
            "密码",
        ),
    ],
    ids=["damaged", "blank", "locked"],
)
def test_what_gives_no_text_is_an_error(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=rf"坏\.pdf.*{said}"):
        parse("坏.pdf", data)


def test_a_picture_without_text_is_an_error() -> None:
    data = io.BytesIO()
    Image.effect_noise((400, 300), 40).save(data, "PNG")
    with pytest.raises(InputError, match=r"风景\.png.*没有认出文字"):
        parse("风景.png", data.getvalue())


def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    data = io.BytesIO()
    Image.new("1", (12_000, 8_000)).save(data, "PNG")
    with pytest.raises(InputError, match="像素"):
        parse("大.png", data.getvalue())


def test_samples_of_the_pages_are_there() -> None:
    assert {path.name for path in Path(OUT).iterdir()} == {"公文.pdf", "报纸.pdf", "扫描.pdf"}
