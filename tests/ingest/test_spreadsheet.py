"""XLSX and CSV as openpyxl, LibreOffice and office exports write them."""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import Font, PatternFill

from huiwen.errors import FileTooLargeError, InputError
from huiwen.types import Document, ParagraphKind
from ingest.parse import parse
from ingest.readers import delimited, spreadsheet
from ingest.readers.cell_format import shown
from tests.ingest.test_parse import texts, traced
from tests.ingest.test_word import converted


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(book: Any) -> Document:
    document = parse("台账.xlsx", saved(book))
    assert traced(document)
    return document


def ledger(rows: int = 40) -> Any:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "水质"
    sheet.append(["2023年各区水质情况表"])
    sheet.merge_cells("A1:D1")
    sheet.append(["单位：%"])
    sheet.append(["地区", "优良比例", "验收日期", "投资"])
    for row in range(rows):
        sheet.append([f"第{row}区", 0.9512, datetime.date(2023, 3, 1 + row % 28), 1234567.5])
        sheet.cell(row + 4, 2).number_format = "0.0%"
        sheet.cell(row + 4, 4).number_format = '#,##0.00"万元"'
    return book


def test_every_part_of_a_long_sheet_says_what_its_columns_are() -> None:
    document = read(ledger())
    assert texts(document, ParagraphKind.HEADING) == ["水质", "2023年各区水质情况表"]
    parts = texts(document, ParagraphKind.TABLE)
    assert len(parts) > 3
    assert all(part.startswith("单位：%\n地区 | 优良比例 | 验收日期 | 投资\n第") for part in parts)
    assert "第39区 | 95.1% | 2023-03-12 | 1,234,567.50万元" in parts[-1]
    assert document.paragraphs[-1].headings == ("水质", "2023年各区水质情况表")


def test_what_is_hidden_is_counted_and_left_out() -> None:
    book = ledger(4)
    sheet = book.active
    sheet.row_dimensions[5].hidden = True
    sheet["F4"] = "隐藏列"
    sheet.column_dimensions["F"].hidden = True
    sheet["E4"] = "白字"
    sheet["E4"].font = Font(color="FFFFFFFF")
    sheet["D6"].number_format = ";;;"
    sheet["A3"].font = Font(color="FFFFFFFF")
    sheet["A3"].fill = PatternFill("solid", fgColor="FF1F4E79")
    secret = book.create_sheet("密表")
    secret["A1"] = "隐藏表里的字"
    secret.sheet_state = "veryHidden"
    document = read(book)
    assert document.report.hidden == 5
    for text in ("第1区", "隐藏列", "白字", "隐藏表里的字", "密表"):
        assert text not in document.text
    # One table still: the hidden row does not part it from its header.
    assert len(texts(document, ParagraphKind.TABLE)) == 1
    assert "地区 | " in document.text
    assert "隐藏的工作表" in document.report.warnings[0]


def test_merged_cells_and_two_tables_on_a_sheet() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["部门", "任务", "时限"], ["办公室", "甲", "三月"], [None, "乙", "四月"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet["A6"], sheet["B6"], sheet["C6"] = "姓名", "职务", "分工"
    sheet["A7"], sheet["B7"], sheet["C7"] = "张某", "主任", "总协调"
    assert texts(read(book), ParagraphKind.TABLE) == [
        "部门 | 任务 | 时限\n办公室 | 甲 | 三月\n办公室 | 乙 | 四月",
        "姓名 | 职务 | 分工\n张某 | 主任 | 总协调",
    ]


def test_a_formula_without_result_is_reported_and_libreoffice_computes_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["地区", "完成", "比例"])
    book.active.append(["甲区", 3, "=B2/4"])
    book.active["C2"].number_format = "0%"
    document = read(book)
    assert "1 个公式没有保存结果" in document.report.warnings[0]
    source = tmp_path / "台账.xlsx"
    source.write_bytes(saved(book))
    computed = parse("台账.xlsx", converted(source, "xlsx").read_bytes())
    assert texts(computed, ParagraphKind.TABLE) == ["地区 | 完成 | 比例\n甲区 | 3 | 75%"]
    assert not computed.report.warnings


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (0.123, "0.0%", "12.3%"),
        (0.125, "0%", "13%"),
        (1234567, "#,##0", "1,234,567"),
        (-1234.5, "#,##0.00;(#,##0.00)", "(1,234.50)"),
        (3.14159, "0.##", "3.14"),
        (2.0, "0.##", "2"),
        (2, '"第"0"名"', "第2名"),
        (1.1, "General", "1.1"),
        (0.1 + 0.2, "General", "0.3"),
        (45000, "yyyy-mm-dd", "2023-03-15"),
        (45000, 'yyyy"年"m"月"d"日"', "2023年3月15日"),
        (45000, 'm"月"d"日"', "3月15日"),
        (45000.5, "yyyy/m/d h:mm", "2023-03-15 12:00"),
        (0.5, "h:mm", "12:00"),
        (1.5, "[h]:mm:ss", "36:00:00"),
        (1e9, "yyyy-mm-dd", "1000000000"),
        (5, "[Red]0.0", "5.0"),
        (1e300, "0.00", "1e+300"),
    ],
)
def test_numbers_as_shown(value: float, code: str, expected: str) -> None:
    assert shown(value, code) == expected


def test_text_boxes_over_a_sheet_are_read() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("说明")
    sheet.write_row(0, 0, ["地区", "比例", "时限"])
    sheet.write_row(1, 0, ["甲区", 0.5, "三月"])
    sheet.insert_textbox(5, 1, "数据截至三月底。")
    book.close()
    document = parse("台账.xlsx", out.getvalue())
    assert [p.text for p in document.paragraphs] == [
        "说明",
        "地区 | 比例 | 时限\n甲区 | 0.5 | 三月",
        "数据截至三月底。",
    ]


def test_cells_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_CELLS", 100)
    monkeypatch.setattr(delimited, "MAX_CELLS", 100)
    with pytest.raises(FileTooLargeError, match=r"台账\.xlsx.*拆分"):
        read(ledger())
    with pytest.raises(FileTooLargeError, match=r"台账\.csv.*拆分"):
        parse("台账.csv", b"a,b\n" * 100)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_csv_of_any_separator_and_encoding(separator: str, encoding: str) -> None:
    rows = [
        ["地区", "优良比例", "说明"],
        ["甲区", "95.1%", '"含换行\n的说明"'],
        ["乙区", "90%", "无"],
    ]
    text = "\r\n".join(separator.join(row) for row in rows)
    document = parse("台账.csv", text.encode(encoding))
    assert texts(document, ParagraphKind.TABLE) == [
        "地区 | 优良比例 | 说明\n甲区 | 95.1% | 含换行 的说明\n乙区 | 90% | 无"
    ]


def test_csv_that_is_none() -> None:
    assert texts(parse("a.csv", "会议记录如下。\n第二行。".encode())) == [
        "会议记录如下。",
        "第二行。",
    ]
    with pytest.raises(InputError, match=r"a\.csv"):
        parse("a.csv", b'"' + b"x" * 200_000 + b'",1\n2,3')
