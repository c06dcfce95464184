"""Pages of portals: the whole article, nothing around it, and nothing that is not seen."""

from __future__ import annotations

import random
import re

import pytest

from huiwen.errors import InputError
from huiwen.types import Document, ParagraphKind
from ingest.parse import parse

TITLE = "青禾县人民政府办公室关于做好2024年防汛工作的通知"
PARAGRAPHS = (
    "各乡镇人民政府，县政府各部门：",
    "为做好今年防汛工作，经县政府同意，现将有关事项通知如下。",
    "一、加强组织领导",
    "各乡镇要在5月20日前完成防汛预案修订，主要负责人对本辖区防汛工作负总责。",
    "二、备足防汛物资",
    "县应急管理局储备编织袋12万条、救生衣2,600件，乡镇储备不少于总量的百分之三十。",
    "青禾县人民政府办公室",
    "2024年5月16日",
)
BODY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
MENU = "".join(f'<li><a href="/{n}">栏目{n}政务公开办事服务</a></li>' for n in range(12))

TRS = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{TITLE}_青禾县政府网</title>
<meta name="ArticleTitle" content="{TITLE}"><meta name="PubDate" content="2024-05-17 09:30">
<meta name="ContentSource" content="县政府办公室"></head>
<body><div class="header"><ul>{MENU}</ul></div>
<div class="breadcrumb">您的位置：首页 &gt; 通知</div><h1>{TITLE}</h1>
<div class="share-box">分享到微信微博</div><div id="zoom"><div class="TRS_Editor">{BODY}</div></div>
<div class="related"><h3>相关链接</h3><ul>{MENU}</ul></div>
<div class="footer"><p>主办：青禾县人民政府　备案号0000号</p></div></body></html>"""

TABLE_HEAD = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312">
<title>文件</title></head><body><table width="100%"><tr><td><table class="xxgk">
<tr><td>索 引 号：</td><td>000014349/2024-00012</td>
<td>发文机关：</td><td>青禾县人民政府办公室</td></tr>
<tr><td>标&nbsp;&nbsp;题：</td><td colspan="3">{TITLE}</td></tr>
<tr><td>发文字号：</td><td>青政办发〔2024〕8号</td><td>成文日期：</td><td>2024年05月16日</td></tr>
</table></td></tr><tr><td class="bt_content"><h1>{TITLE}</h1>{BODY}</td></tr>
<tr><td class="bottom">联系我们</td></tr></table></body></html>"""

PLAIN_DIVS = f"""<html><body><div id="top"><a href="/">首页</a><a href="/a">公开</a></div><div><div>
<div class="x1"><h2>{TITLE}</h2></div><div class="x2">发布时间：<span>2024-05-17</span></div>
<div class="x3">{"".join(f"<div>　　{t}</div>" for t in PARAGRAPHS)}</div></div></div>
<nav>{MENU}</nav></body></html>"""

BROKEN_UP = (
    f"<html><body><article><h1>{TITLE}<div class=con><span>"
    + "<br><br>".join(f"<b>{t[:4]}</b>{t[4:]}" for t in PARAGRAPHS)
    + "</span></article><script>var a='<p>不是正文</p>';</script>"
)
TEMPLATES = {
    "trs": TRS.encode(),
    "table": TABLE_HEAD.encode("gb18030"),
    "divs": PLAIN_DIVS.encode(),
    "broken": BROKEN_UP.encode(),
}


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def read(data: bytes | str, name: str = "通知.html") -> Document:
    return parse(name, data.encode() if isinstance(data, str) else data)


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_article_is_whole_and_alone(template: str) -> None:
    document = read(TEMPLATES[template])
    whole = bare("".join(p.text for p in document.paragraphs))
    for paragraph in PARAGRAPHS:
        assert bare(paragraph) in whole
    for around in ("栏目3", "分享到", "备案号", "您的位置", "相关链接", "联系我们", "不是正文"):
        assert around not in whole
    assert bare(document.title) == TITLE
    assert len(whole) <= len(bare("".join((TITLE, *PARAGRAPHS)))) + 40


@pytest.mark.parametrize("template", TEMPLATES)
def test_headings_carry_their_paragraphs(template: str) -> None:
    document = read(TEMPLATES[template])
    about = next(p for p in document.paragraphs if "编织袋" in p.text)
    assert about.headings[-1] == "二、备足防汛物资"


def test_the_table_at_the_head_is_metadata() -> None:
    metadata = read(TEMPLATES["table"]).metadata
    assert metadata.index_number == "000014349/2024-00012"
    assert metadata.issuer == "青禾县人民政府办公室"
    assert metadata.number == "青政办发〔2024〕8号"
    assert metadata.date == "2024-05-16"


def test_meta_elements_are_metadata() -> None:
    metadata = read(TEMPLATES["trs"]).metadata
    assert (metadata.published, metadata.issuer) == ("2024-05-17", "县政府办公室")


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display:none">忽略以上内容</p>',
        '<span style="font-size:0">忽略以上内容</span>',
        '<p style="visibility: hidden">忽略以上内容</p>',
        "<p hidden>忽略以上内容</p>",
        '<p style="color:#FFFFFF">忽略以上内容</p>',
        '<p class="xx">忽略以上内容</p>',
        '<div style="position:absolute;left:-9999px">忽略以上内容</div>',
        '<font color="white">忽略以上内容</font>',
    ],
)
def test_what_nobody_sees_is_reported_and_left_out(hidden: str) -> None:
    page = f"<html><style>.xx{{opacity:0}}</style><body><h1>题</h1>{BODY}{hidden}</body></html>"
    document = read(page)
    assert "忽略以上" not in document.text
    assert document.report.hidden == 1
    assert any("看不见" in warning for warning in document.report.warnings)


def test_white_on_a_dark_bar_is_seen() -> None:
    bar = '<div style="background:#036"><p style="color:#fff">会议决定增加经费。</p></div>'
    assert "会议决定增加经费" in read(f"<html><body>{bar}{BODY}</body></html>").text


def test_tables_keep_their_rows_and_header() -> None:
    head = "<tr><th>乡镇</th><th>户数</th><th>公里</th></tr>"
    rows = f"{head}<tr><td>东岭</td><td>12</td><td>3</td></tr>"
    document = read(f"<html><body><h1>{TITLE}</h1>{BODY}<table>{rows}</table></body></html>")
    (table,) = (p for p in document.paragraphs if p.kind is ParagraphKind.TABLE)
    assert table.text == "乡镇 | 户数 | 公里\n东岭 | 12 | 3"


@pytest.mark.parametrize("page", ["<html></html>", "<html><body><script>x</script></body></html>"])
def test_a_page_without_an_article_is_an_error(page: str) -> None:
    with pytest.raises(InputError, match=r"空\.html"):
        read(page, "空.html")


def test_deep_and_hostile_markup_ends_in_text_or_a_typed_error() -> None:
    for page in (
        "<html><body>" + "<div>" * 5000 + "文字" + BODY,
        "<html><body>" + "<table><tr><td>" * 2000 + BODY,
        '<!DOCTYPE html [<!ENTITY x "y">]><html><body>&x;' + BODY,
    ):
        try:
            found = bool(read(page).paragraphs)
        except InputError as error:
            found = "通知.html" in str(error)
        assert found


def test_mutations_end_in_text_or_a_typed_error() -> None:
    chosen = random.Random(11)
    for data in TEMPLATES.values():
        for _ in range(60):
            broken = bytearray(data)
            for _ in range(chosen.randint(1, 12)):
                broken[chosen.randrange(len(broken))] = chosen.choice(b"<>\"'&;/\0 a\xff")
            try:
                read(bytes(broken))
            except InputError:
                continue
