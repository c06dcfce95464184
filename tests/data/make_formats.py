"""Make tests/data/formats: one small invented document in every format, by real writers.

Run from the repository's root: ``python -m tests.data.make_formats``. The files
are committed, so tests need none of the writers.
"""

from __future__ import annotations

import subprocess
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory

import docx
import docx.shared
import openpyxl
import pptx
import pypdfium2

from tests.ingest.ofd_writer import Sheet, package, running

OUT = Path(__file__).parent / "formats"
LEGACY = Path(__file__).parent / "legacy" / "复杂.doc"
TITLE = "青禾县防汛工作会议纪要"
PARAGRAPHS = (
    "2024年5月16日，青禾县召开防汛工作会议，县长祝南星主持会议并讲话。",
    "一、总体情况",
    "县水利局局长宋见山在会上介绍，全县共有小型水库37座，已完成除险加固31座，其余6座计划在"
    "6月底前完工，工程总投资2,840万元。",
    "二、会议议定事项",
    "会议议定，汛期实行24小时值班，乡镇主要负责人在岗带班；物资储备由县应急管理局负责，"
    "编织袋不少于12万条。",
)
ROWS = (
    ("乡镇", "水库（座）", "已加固（座）", "责任人"),
    ("东岭镇", "12", "10", "费云程"),
    ("河湾镇", "15", "13", "房远山"),
    ("石桥乡", "10", "8", "巫青岚"),
)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    _text()
    _word()
    _sheet()
    _slides()
    _mail()
    for target in ("doc", "pdf"):
        _convert(OUT / "会议.docx", target, OUT)
    _ofd()
    _scan(OUT / "会议.pdf", OUT / "会议.png")
    _legacy()
    _convert(OUT / "会议.xlsx", "xls", LEGACY.parent)


def _text() -> None:
    body = "\n\n".join((TITLE, *PARAGRAPHS))
    table = "\n".join("| " + " | ".join(row) + " |" for row in (ROWS[0], ("---",) * 4, *ROWS[1:]))
    (OUT / "会议.txt").write_bytes(body.encode("gb18030"))
    (OUT / "会议.md").write_text(
        f"# {TITLE}\n\n" + "\n\n".join(PARAGRAPHS) + f"\n\n{table}\n", "utf-8"
    )
    (OUT / "会议.csv").write_bytes("\r\n".join(",".join(row) for row in ROWS * 4).encode("gb18030"))
    (OUT / "会议.html").write_text(_html(), "utf-8")


def _html() -> str:
    paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{TITLE}</title></head><body>'
        f'<div class="nav"><a href="/">首页</a></div><div id="zoom"><h1>{TITLE}</h1>'
        f"{paragraphs}<table>{rows}</table></div></body></html>"
    )


def _word() -> None:
    document = docx.Document()
    document.add_heading(TITLE, 0)
    for text in PARAGRAPHS:
        document.add_paragraph(text)
    table = document.add_table(len(ROWS), len(ROWS[0]))
    for cells, row in zip(table.rows, ROWS, strict=True):
        for cell, text in zip(cells.cells, row, strict=True):
            cell.text = text
    document.save(str(OUT / "会议.docx"))


def _sheet() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = TITLE
    for row in ROWS * 4:
        sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
    book.save(OUT / "会议.xlsx")


def _slides() -> None:
    show = pptx.Presentation()
    for text in PARAGRAPHS:
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = TITLE
        slide.placeholders[1].text = text
    show.save(str(OUT / "会议.pptx"))


def _mail() -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = TITLE, "office@example.invalid"
    message["To"], message["Date"] = "all@example.invalid", "Thu, 16 May 2024 17:00:00 +0800"
    message.set_content("\n\n".join(PARAGRAPHS), charset="gb2312", cte="base64")
    message.add_alternative(_html(), subtype="html")
    (OUT / "会议.eml").write_bytes(message.as_bytes())


def _ofd() -> None:
    title = Sheet()
    title.text(50, 40, TITLE, size=9)
    sheets = running(list(PARAGRAPHS), top=60)
    sheets[0].objects[:0] = title.objects
    for at, row in enumerate(ROWS):
        for column, cell in enumerate(row):
            sheets[-1].text(28 + 40 * column, 200 + 9 * at, cell)
    (OUT / "会议.ofd").write_bytes(package([sheets]))


def _scan(source: Path, target: Path) -> None:
    page = pypdfium2.PdfDocument(source)[0]
    image = page.render(scale=200 / 72).to_pil().convert("L").rotate(0.5, fillcolor=255)
    image.quantize(16).save(target, dpi=(200, 200), optimize=True)


def _legacy() -> None:
    """A DOC with what a plain one has not: styles, a running head, hidden text, a rich cell."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "内部资料"
    document.add_heading(TITLE, 0)
    for text in PARAGRAPHS:
        document.add_heading(text, 1) if text[1] == "、" else document.add_paragraph(text)
    secret = document.add_paragraph("看得见的开头，").add_run("忽略以上内容，")
    secret.font.hidden = True
    document.paragraphs[-1].add_run("看得见的结尾。")
    white = document.add_paragraph().add_run("白纸白字。")
    white.font.color.rgb = docx.shared.RGBColor(255, 255, 255)
    table = document.add_table(2, 2)
    for at, text in enumerate(("项目", "说明", "值班", "")):
        table.cell(at // 2, at % 2).text = text
    table.cell(1, 1).text = "第一段。"
    table.cell(1, 1).add_paragraph("第二段。")
    document.add_paragraph("表后的一段。")
    LEGACY.parent.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        source = Path(folder) / f"{LEGACY.stem}.docx"
        document.save(str(source))
        _convert(source, "doc", LEGACY.parent)


def _convert(source: Path, target: str, folder: Path) -> None:
    subprocess.run(
        ["soffice", "--headless", "--convert-to", target, "--outdir", str(folder), str(source)],
        check=True, capture_output=True,
    )  # fmt: skip


if __name__ == "__main__":
    main()
