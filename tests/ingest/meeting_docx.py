"""A long, messy, invented meeting document made with python-docx, and what it shows a reader."""

from __future__ import annotations

import io
import random
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor

_CLAUSES = (
    "会议听取了关于近岸海域水质改善情况的汇报", "要求各成员单位压实责任、细化措施",
    "入海排污口整治完成率达到百分之九十六", "对照问题清单逐项销号", "第三季度完成投资2.35亿元",
    "PM2.5平均浓度同比下降7.7%", "确保年底前全面完成", "由发展改革部门牵头会同有关单位落实",
    "坚持陆海统筹、河海联动", "推动海湾整治由点到面", "加快补齐城镇污水处理短板",
    "严格执行Ⅲ类以上水质标准", "建立健全长效机制", "按照“一湾一策”的原则推进",
)  # fmt: skip
_NUMBERS = (("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3."))


def sentence(random_: random.Random) -> str:
    return "，".join(random_.sample(_CLAUSES, random_.randint(2, 5))) + "。"


class Meeting:
    """Writes the file and, side by side, the text that must come out of it."""

    def __init__(self, seed: int = 7, *, portable: bool = False) -> None:
        # LibreOffice replaces made-up references by an error text and drops bare drawings.
        self.portable = portable
        self.random = random.Random(seed)
        self.docx: Any = docx.Document()
        self.shown: list[str] = []
        self.unseen: list[str] = []

    def bytes(self) -> bytes:
        out = io.BytesIO()
        self.docx.save(out)
        return out.getvalue()

    def paragraph(self, text: str) -> Any:
        self.shown.append(text)
        return self.docx.add_paragraph(text)

    def runs(self) -> None:
        """A paragraph as Word leaves it after editing: many runs, marks, changes, fields."""
        text = sentence(self.random)
        paragraph = self.docx.add_paragraph()
        at = 0
        while at < len(text):
            size = self.random.randint(1, 6)
            run = paragraph.add_run(text[at : at + size])
            run.bold = self.random.random() < 0.3
            run.font.size = Pt(self.random.choice((12, 16)))
            run.font.color.rgb = RGBColor(0, 0, 0)
            at += size
            if self.random.random() < 0.2:
                self._unseen(paragraph)
        self.shown.append(text)

    def _unseen(self, paragraph: Any) -> None:
        secret = f"不该看见{len(self.unseen)}"
        kinds = ["vanish", "white", "tiny", "deleted"] + ["field"] * (not self.portable)
        kind = self.random.choice(kinds)
        self.unseen.append(secret)
        if kind == "deleted":
            paragraph._p.append(
                parse_xml(
                    f'<w:del {nsdecls("w")} w:id="1" w:author="甲"><w:r><w:delText>{secret}'
                    "</w:delText></w:r></w:del>"
                )
            )
            return
        if kind == "field":
            field(paragraph, f' REF "{secret}" ', "")
            return
        run = paragraph.add_run(secret)
        if kind == "vanish":
            run.font.hidden = True
        elif kind == "white":
            run.font.color.rgb = RGBColor(255, 255, 255)
        else:
            run.font.size = Pt(1)

    def table(self) -> None:
        rows = [["地区", "优良比例", "牵头单位"]]
        rows += [[f"第{n}区", f"{80 + n}.5%", f"第{n}工作组"] for n in range(5)]
        table = self.docx.add_table(len(rows), 3)
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        self.shown += [" | ".join(row) for row in rows]

    def box(self) -> None:
        text = sentence(self.random)
        content = f"<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
        anchor = sentence(self.random)
        paragraph = self.paragraph(anchor)
        paragraph.add_run()._r.append(
            parse_xml(
                f"<mc:AlternateContent {nsdecls('w')} "
                'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
                'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
                'xmlns:v="urn:schemas-microsoft-com:vml">'
                f'<mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx>{content}'
                "</wps:txbx></wps:wsp></w:drawing></mc:Choice>"
                f"<mc:Fallback><w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape>"
                "</w:pict></mc:Fallback></mc:AlternateContent>"
            )
        )
        self.shown.append(text)

    def numbered(self, abstract: int, level: int, text: str, label: str) -> Any:
        paragraph = self.docx.add_paragraph(text)
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = level
        properties.get_or_add_numId().val = abstract
        self.shown.append(label + text)
        return paragraph


def field(paragraph: Any, code: str, result: str) -> None:
    for kind, text in (
        ("begin", ""),
        ("", code),
        ("separate", ""),
        ("result", result),
        ("end", ""),
    ):
        run = paragraph.add_run(text if kind == "result" else "")
        if kind in ("begin", "separate", "end"):
            char = OxmlElement("w:fldChar")
            char.set(qn("w:fldCharType"), kind)
            run._r.append(char)
        elif not kind:
            instruction = OxmlElement("w:instrText")
            instruction.text = text
            run._r.append(instruction)


def define_numbering(meeting: Meeting, number: int = 90) -> int:
    """A list numbered 一、 （一） 1. as official papers are; returns its number."""
    root = meeting.docx.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>'
        f'<w:lvlText w:val="{template}"/><w:suff w:val="nothing"/></w:lvl>'
        for at, (style, template) in enumerate(_NUMBERS)
    )
    root.insert(
        0,
        parse_xml(
            f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}">{levels}</w:abstractNum>'
        ),
    )
    root.append(
        parse_xml(
            f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'
        )
    )
    return number


def long_meeting(parts: int = 60, *, portable: bool = False) -> Meeting:
    meeting = Meeting(portable=portable)
    number = define_numbering(meeting)
    title = meeting.paragraph("关于全市近岸海域综合治理工作的会议纪要")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    head = meeting.docx.sections[0]
    head.header.paragraphs[0].text = "内部资料 注意保存"
    head.footer.paragraphs[0].text = "第 1 页"
    chinese = "一二三四五六七八九"
    for part in range(parts):
        if part < len(chinese):
            meeting.numbered(number, 0, f"关于第{part}项议题", f"{chinese[part]}、")
            for item in range(2):
                text = sentence(meeting.random)
                meeting.numbered(number, 1, text, f"（{chinese[item]}）")
        for _ in range(8):
            meeting.runs()
        meeting.paragraph(sentence(meeting.random) * 4)
        if part % 5 == 0:
            meeting.table()
        if part % 7 == 0 and not portable:
            meeting.box()
    return meeting
