"""Makes tests/data/legacy/会议.doc anew: an invented DOCX, saved by LibreOffice as DOC.

``python -m tests.ingest.meeting_doc`` from the repository's root.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt, RGBColor

SAMPLE = Path(__file__).parent.parent / "data" / "legacy" / "会议.doc"
# All a reader sees, in order, without numbers and table lines.
SHOWN = (
    "海域治理工作会议纪要",
    "2031年3月18日下午，召开专题会议，研究岸线整治。",
    "总体情况",
    "会议听取了岸线整治工作汇报，认为进展顺利，Phase 2 按期完成。会议同意验收。",
    "生僻字𠮷与𬱖也要原样留下，“引号”、破折号——和§、½、é同样。",
    "存在问题",
    "第一项任务要抓紧。",
    "第二项任务要落实。",
    "清理围网",
    "第一工作组",
    "6月底",
    "修复岸线",
    "会议要求，各单位按月报送进度。",
    "见脚注处。",
)
UNSEEN = ("这句是隐藏的", "这句是白色的", "这句极小", "内部资料第1期", "PAGEREF")
NOTE = "此处数字为初步统计。"


def source() -> bytes:
    """The DOCX it is made from."""
    file = docx.Document()
    file.sections[0].header.paragraphs[0].text = "内部资料第1期"
    file.add_heading(SHOWN[0], 0)
    file.add_paragraph(SHOWN[1])
    file.add_heading(SHOWN[2], 1)
    paragraph = file.add_paragraph("会议听取了")
    paragraph.add_run("岸线整治").bold = True
    paragraph.add_run("工作汇报，认为进展顺利，Phase 2 按期完成。")
    paragraph.add_run("这句是隐藏的。").font.hidden = True
    paragraph.add_run("会议同意")
    paragraph.add_run("这句是白色的。").font.color.rgb = RGBColor(255, 255, 255)
    paragraph.add_run("验收。")
    paragraph.add_run("这句极小。").font.size = Pt(1)
    file.add_paragraph(SHOWN[4])
    file.add_heading(SHOWN[5], 2)
    for text in SHOWN[6:8]:
        file.add_paragraph(text, style="List Number")
    table = file.add_table(rows=0, cols=3)
    for row in (("事项", "责任单位", "时限"), SHOWN[8:11], (SHOWN[11], "", "12月底")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    table.cell(1, 1).merge(table.cell(2, 1))
    file.add_paragraph(SHOWN[12])
    file.add_paragraph(SHOWN[13])
    out = io.BytesIO()
    file.save(out)
    return _with_note(out.getvalue())


def _with_note(data: bytes) -> bytes:
    """python-docx writes no footnotes, so their part is made by hand."""
    file = docx.Document(io.BytesIO(data))
    notes = f"""<w:footnotes {nsdecls("w")}>
      <w:footnote w:type="separator" w:id="0"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>
      <w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t>{NOTE}</w:t></w:r></w:p>
      </w:footnote></w:footnotes>"""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/footnotes.xml"), kind, notes.encode(), file.part.package)
    file.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    run = parse_xml(f'<w:r {nsdecls("w")}><w:footnoteReference w:id="2"/></w:r>')
    file.paragraphs[-1]._p.append(run)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def saved_as(data: bytes, target: str, suffix: str = "docx") -> bytes:
    """The file as LibreOffice saves it in the format ``target``."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"source.{suffix}"
        place.write_bytes(data)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        subprocess.run(
            ["soffice", profile, "--headless", "--convert-to", target, "--outdir", folder, place],
            check=True,
            capture_output=True,
            timeout=120,
        )
        return (Path(folder) / f"source.{target.partition(':')[0]}").read_bytes()


if __name__ == "__main__" and shutil.which("soffice"):
    SAMPLE.write_bytes(saved_as(source(), "doc"))
