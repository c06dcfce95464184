"""Invented pages of portals, laid out as their content systems do it."""

# ruff: noqa: E501 - pages are written as content systems write them
from __future__ import annotations

from dataclasses import dataclass, field

TITLE = "云溪市人民政府办公室关于印发近岸海域综合治理实施方案的通知"
HEAD = "各区人民政府，市政府各部门、各直属机构："
BODY = (
    "《云溪市近岸海域综合治理实施方案》已经市政府第23次常务会议审议通过，现印发给你们，请认真组织实施。",
    "一、总体要求",
    "坚持陆海统筹、河海联动，到2025年全市近岸海域水质优良面积比例达到82.5%以上，入海河流国控断面全面消除劣Ⅴ类。",
    "二、主要任务",
    "（一）加强入海排污口整治",
    "各区要按照“一口一策”要求，于2024年6月底前完成排查溯源，建立台账，实行销号管理。",
    "（二）推进美丽海湾建设",
    "市海洋渔业局牵头，组织编制美丽海湾建设规划，落实养殖尾水治理和岸滩保洁长效机制，确保责任到人、任务到岗。",
    "三、保障措施",
    "市财政安排专项资金3200万元，对完成年度目标的区给予奖补；对进展缓慢的，由市政府督查室通报。",
)
SIGNED = ("云溪市人民政府办公室", "2024年3月5日")
MENU = ("首页", "政务公开", "办事服务", "互动交流", "走进云溪", "专题专栏")
RELATED = ("图解：一图读懂近岸海域治理", "政策解读：治理方案怎么看", "专家谈海湾保护与发展")
FOOTER = "主办：云溪市人民政府办公室　网站标识码：9900000001　云ICP备00000001号　云公网安备99000000000001号"
FURNITURE = (
    *MENU,
    *RELATED,
    "网站标识码",
    "扫一扫在手机打开当前页",
    "分享到",
    "打印本页",
    "上一篇",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page's bytes, the paragraphs its article has, and what its head says."""

    data: bytes
    shown: tuple[str, ...]
    facts: dict[str, str] = field(default_factory=dict)
    title: str = TITLE


def _menu() -> str:
    return "".join(f'<li><a href="/c{n}/">{text}</a></li>' for n, text in enumerate(MENU))


def _related() -> str:
    return "".join(f'<li><a href="/r{n}.html">{text}</a></li>' for n, text in enumerate(RELATED))


def modern() -> Page:
    """UTF-8, meta elements, a table at the head, UCAPCONTENT, share bar, related links."""
    body = "".join(
        f'<p style="text-indent: 2em; font-size:16pt;"><span style="font-family:仿宋">{text}</span></p>\n'
        for text in (HEAD, *BODY)
    )
    signed = "".join(f'<p style="text-align: right">{text}</p>' for text in SIGNED)
    page = f"""<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8">
<title>{TITLE}_通知公告_云溪市人民政府</title>
<meta name="SiteName" content="云溪市人民政府"><meta name="ArticleTitle" content="{TITLE}">
<meta name="PubDate" content="2024-03-08 09:30"><meta name="ContentSource" content="市府办">
<style>.nav li{{display:inline}} .tip{{display:none}} @media print{{.article{{display:none}}}}</style>
<script>var a = "<p>脚本里的文字</p>";</script></head>
<body>
<div class="header"><div class="logo"><h1><a href="/">云溪市人民政府门户网站</a></h1></div>
<ul class="nav">{_menu()}</ul>
<form action="/s"><input name="q" value="请输入关键字"><button>搜索</button></form></div>
<div class="wrapper"><div class="crumbs">当前位置：<a href="/">首页</a> &gt; <a href="/x">通知公告</a></div>
<div class="article">
<table class="xxgk-head" width="100%"><tbody>
<tr><th>索&nbsp;引&nbsp;号：</th><td>9900/2024-00031</td><th>主题分类：</th><td>海洋\\环境</td></tr>
<tr><th>发文机关：</th><td>云溪市人民政府办公室</td><th>成文日期：</th><td>2024年03月05日</td></tr>
<tr><th>标　　题：</th><td colspan="3">{TITLE}</td></tr>
<tr><th>发文字号：</th><td>云政办发〔2024〕12号</td><th>发布日期：</th><td>2024年03月08日</td></tr>
</tbody></table>
<h1>{TITLE}</h1>
<div class="info"><span>发布时间：2024-03-08 09:30</span> <span>来源：市府办</span>
<span>字体：[<a href="#">大</a> <a href="#">中</a> <a href="#">小</a>]</span> <span>浏览次数：321</span></div>
<div id="UCAPCONTENT">{body}{signed}</div>
<p>（此件公开发布）</p>
<div class="share-box">分享到：<a href="#">微信</a><a href="#">微博</a></div>
<div class="tools"><a href="#">打印本页</a> <a href="#">关闭窗口</a></div>
<div class="qrcode"><img src="q.png" alt="二维码"><p>扫一扫在手机打开当前页</p></div>
<div class="pre-next">上一篇：<a href="/1">关于春季防火工作的通知</a></div>
<div class="related"><h3>相关解读</h3><ul>{_related()}</ul></div>
</div></div>
<footer><p>{FOOTER}</p><p>地址：云溪市滨海路1号</p></footer>
</body></html>"""
    return Page(
        page.encode(),
        (HEAD, *BODY, *SIGNED, "（此件公开发布）"),
        {
            "index_number": "9900/2024-00031",
            "issuer": "云溪市人民政府办公室",
            "date": "2024-03-05",
            "number": "云政办发〔2024〕12号",
            "published": "2024-03-08",
        },
    )


def layout_tables() -> Page:
    """GB2312, nested layout tables without classes, br between paragraphs, FONT elements."""
    body = "<br>\r\n".join(f"　　{text}" for text in (HEAD, *BODY, *SIGNED))
    menu = "&nbsp;|&nbsp;".join(f'<a href="/c{n}">{text}</a>' for n, text in enumerate(MENU))
    page = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312">
<title>{TITLE} - 云溪市政府网</title></head>
<body bgcolor="#FFFFFF" topmargin=0><center>
<table width=980 cellpadding=0><tr><td><img src="top.jpg"></td></tr>
<tr><td bgcolor="#003399"><font color="#FFFFFF">{menu}</font></td></tr></table>
<table width=980><tr>
<td width=200 valign=top><table><tr><td>相关链接</td></tr>
<tr><td><ul>{_related()}</ul></td></tr></table></td>
<td width=780 valign=top>
 <table width="100%"><tr><td align=center><font size=5><b>{TITLE}</b></font></td></tr>
 <tr><td align=center>来源：云溪市政府办 时间：2024-3-8 阅读次数：15</td></tr>
 <tr><td><font size=3 style="line-height:150%">{body}</font></td></tr>
 <tr><td align=right>【<a href="#">打印本页</a>】【<a href="#">关闭窗口</a>】</td></tr></table>
</td></tr></table>
<table width=980><tr><td align=center>{FOOTER}<br>版权所有 云溪市人民政府</td></tr></table>
</center></body></html>"""
    return Page(
        page.encode("gb18030"),
        (HEAD, *BODY, *SIGNED),
        {"issuer": "云溪市政府办"},
    )


def trs() -> Page:
    """An ASP.NET form around everything; TRS_Editor twice, a data table and a figure."""
    first = "".join(f"<P>　　{text}</P>" for text in (HEAD, *BODY[:6]))
    second = "".join(f"<P>　　{text}</P>" for text in (*BODY[6:], *SIGNED))
    page = f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
 "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head>
<meta http-equiv="Content-Type" content="text/html; charset=GBK" /><title>{TITLE}</title></head>
<body><form id="form1" method="post"><input type="hidden" name="__VIEWSTATE" value="dDw0Mzk7" />
<div id="top"><ul>{_menu()}</ul></div>
<div class="main"><div class="right"><h3>热点推荐</h3><p>这里是另一条消息的摘要，它与本文没有关系，不应收录。</p></div>
<div class="left content">
<dl class="clearfix"><dt>索 引 号</dt><dd>9901/2024-7</dd><dt>文　　号：</dt><dd>云海发〔2024〕7号</dd>
<dt>发布机构</dt><dd>云溪市海洋渔业局</dd><dt>生成日期</dt><dd>2024-03-05</dd>
<dt>公开日期</dt><dd>2024-03-08</dd></dl>
<h2 class="title">{TITLE}</h2>
<div class="TRS_Editor"><style type="text/css">.TRS_Editor P{{line-height:1.5}}</style>{first}</div>
<table border="1"><caption>表1　分区治理目标</caption>
<thead><tr><th>区</th><th>优良面积比例（%）</th><th>完成时限</th></tr></thead>
<tbody><tr><td rowspan="2">东湾区</td><td>85.0</td><td>2024年底</td></tr>
<tr><td>88.0</td><td>2025年底</td></tr><tr><td>西湾区</td><td>80.0</td><td>2025年底</td></tr></tbody></table>
<figure><img src="a.jpg"><figcaption>图为工作人员在东湾区采样。</figcaption></figure>
<div class="TRS_Editor">{second}</div>
<p>附件：<a href="/a.docx">云溪市近岸海域综合治理实施方案.docx</a></p>
<div class="bdshare">分享到：</div></div></div>
<div class="foot"><p>{FOOTER}</p></div></form></body></html>"""
    table = "区 | 优良面积比例（%） | 完成时限\n东湾区 | 85.0 | 2024年底\n东湾区 | 88.0 | 2025年底\n西湾区 | 80.0 | 2025年底"
    return Page(
        page.encode("gb18030"),
        (
            HEAD,
            *BODY[:6],
            "表1　分区治理目标",
            table,
            "图为工作人员在东湾区采样。",
            *BODY[6:],
            *SIGNED,
            "附件：云溪市近岸海域综合治理实施方案.docx",
        ),
        {
            "index_number": "9901/2024-7",
            "number": "云海发〔2024〕7号",
            "issuer": "云溪市海洋渔业局",
            "date": "2024-03-05",
            "published": "2024-03-08",
        },
    )


def unknown() -> Page:
    """No known name anywhere: paragraphs in DIVs, a label list in spans, a sidebar of links."""
    body = "".join(f"<div>{text}</div>" for text in (HEAD, *BODY))
    page = f"""<html><head><title>{TITLE}</title></head><body>
<div class="a1"><ul>{_menu()}</ul></div>
<div class="b7"><div class="b8">
<ul class="k"><li><b>索引号：</b><span>99-2024-5</span></li><li><b>发 文 字 号：</b>云政办〔2024〕5号</li>
<li><b>发布日期：</b>2024-03-08</li><li><b>成文日期：</b>2024-03-05</li><li><b>发文机关：</b>云溪市府办</li></ul>
<div class="b9">{TITLE}</div>
<div class="c1"><div class="c2">{body}</div><div class="c3">{SIGNED[0]}<br/>{SIGNED[1]}</div></div>
</div><div class="d1"><p>相关文章</p><ul>{_related()}</ul></div></div>
<div class="e1"><p>{FOOTER}</p></div></body></html>"""
    return Page(
        page.encode(),
        (HEAD, *BODY, *SIGNED),
        {
            "index_number": "99-2024-5",
            "number": "云政办〔2024〕5号",
            "issuer": "云溪市府办",
            "date": "2024-03-05",
            "published": "2024-03-08",
        },
    )


def news() -> Page:
    """HTML5 news page in GB18030 with a BOM-less meta, sections, lists and headings."""
    page = f"""<!doctype html><html><head><meta charset='gbk'><title>全市海洋工作会议召开_云溪要闻</title></head>
<body><header><nav><ul>{_menu()}</ul></nav></header>
<main><article><header><h1>全市海洋工作会议召开</h1><p>来源：云溪日报 作者：李四 时间：2024-03-06 打印</p></header>
<section><p>{BODY[0]}</p><h2>会议要求</h2><p>{BODY[2]}</p>
<ol><li>压实责任，明确到人。</li><li>强化督查，按月通报。</li></ol>
<h3>资金安排</h3><p>{BODY[9]}</p><pre>时间：3月20日
地点：三楼会议室</pre></section></article>
<aside><h4>推荐阅读</h4><ul>{_related()}</ul></aside></main>
<footer>{FOOTER}</footer></body></html>"""
    return Page(
        page.encode("gb18030"),
        (
            BODY[0],
            "会议要求",
            BODY[2],
            "1. 压实责任，明确到人。",
            "2. 强化督查，按月通报。",
            "资金安排",
            BODY[9],
            "时间：3月20日",
            "地点：三楼会议室",
        ),
        {"issuer": "云溪日报"},
        "全市海洋工作会议召开",
    )


PAGES = {page.__name__: page for page in (modern, layout_tables, trs, unknown, news)}
