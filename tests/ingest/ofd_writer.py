"""Writes OFD packages as GB/T 33190 describes them, with every glyph placed by the writer."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
MM = 25.4 / 72
CLOSING = "，。、；：？！）》”"


@dataclass
class Sheet:
    """One page being written, 210 by 297 mm."""

    objects: list[str] = field(default_factory=list)
    template: bool = False

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 5.6,
        attributes: str = "",
        inner: str = "",
        repeat: bool = False,
        ctm: str = "",
        font: int = 1,
    ) -> None:
        """``text`` with its baseline's left end at ``x``, ``y``; sizes in mm."""
        widths = [size * (0.5 if char.isascii() else 1.0) for char in text]
        steps = [f"{width:.3f}" for width in widths[:-1]]
        delta = " ".join(steps)
        if repeat and len(set(steps)) == 1:
            delta = f"g {len(steps)} {steps[0]}"
        place = f' DeltaX="{delta}"' if steps else ""
        self.objects.append(
            f'<ofd:TextObject ID="{len(self.objects) + 1000}" Font="{font}" Size="{size}" '
            f'Boundary="{x:.3f} {y - size:.3f} {sum(widths):.3f} {size * 1.3:.3f}" '
            + (f'CTM="{ctm}" ' if ctm else "")
            + f'{attributes}>{inner}<ofd:TextCode X="0" Y="{size:.3f}"{place}>'
            f"{escape(text)}</ofd:TextCode></ofd:TextObject>"
        )  # fmt: skip

    def image(self) -> None:
        """A picture that fills the page."""
        self.objects.append(
            '<ofd:ImageObject ID="900" ResourceID="77" Boundary="0 0 210 297" '
            'CTM="210 0 0 297 0 0"/>'
        )


def wrapped(text: str, width: int, indent: int = 2) -> list[tuple[int, str]]:
    """Lines of ``width`` characters as a typesetter breaks them, with their indents."""
    lines: list[tuple[int, str]] = []
    at = 0
    while at < len(text):
        room, end = width - (0 if lines else indent), at
        used = 0.0
        while end < len(text) and used + (0.5 if text[end].isascii() else 1) <= room:
            used += 0.5 if text[end].isascii() else 1
            end += 1
        while end < len(text) and text[end] in CLOSING and end > at + 1:
            end -= 1
        lines.append((0 if lines else indent, text[at:end]))
        at = end
    return lines


def running(
    texts: list[str],
    *,
    size: float = 5.6,
    width: int = 27,
    top: float = 40.0,
    left: float = 28.0,
    columns: int = 1,
    bottom: float = 262.0,
) -> list[Sheet]:
    """Paragraphs set in columns over as many sheets as they need."""  # fmt: skip
    sheets, column, y = [Sheet(template=True)], 0, top
    for text in texts:
        for indent, line in wrapped(text, width):
            if y > bottom:
                column, y = column + 1, top
                if column == columns:
                    sheets.append(Sheet(template=True))
                    column = 0
            x = left + column * (width + 3) * size
            sheets[-1].text(x + indent * size, y, line, size=size)
            y += size * 1.75
    return sheets


def package(
    documents: list[list[Sheet]], *, template: Sheet | None = None, title: str = "",
    image: bytes = b"", absolute: bool = False,
) -> bytes:  # fmt: skip
    """The ZIP: one DocBody for each list of sheets."""
    members: dict[str, bytes | str] = {}
    bodies = ""
    for at, sheets in enumerate(documents):
        base = f"Doc_{at}"
        root = f"/{base}" if absolute else base
        bodies += (
            f"<ofd:DocBody><ofd:DocInfo><ofd:DocID>{at:032}</ofd:DocID><ofd:Title>{title}"
            "</ofd:Title><ofd:Author>某办公室</ofd:Author><ofd:CreationDate>2024-03-18"
            f"</ofd:CreationDate></ofd:DocInfo><ofd:DocRoot>{root}/Document.xml</ofd:DocRoot>"
            "</ofd:DocBody>"
        )
        prefix = f"/{base}/" if absolute else ""
        pages = "".join(
            f'<ofd:Page ID="{n + 1}" BaseLoc="{prefix}Pages/Page_{n}/Content.xml"/>'
            for n in range(len(sheets))
        )
        members[f"{base}/Document.xml"] = (
            f"<ofd:Document {NS}><ofd:CommonData><ofd:MaxUnitID>9999</ofd:MaxUnitID><ofd:PageArea>"
            "<ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
            "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
            "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>"
            '<ofd:TemplatePage ID="500" BaseLoc="Tpls/Tpl_0/Content.xml"/></ofd:CommonData>'
            f"<ofd:Pages>{pages}</ofd:Pages></ofd:Document>"
        )
        members[f"{base}/PublicRes.xml"] = (
            f'<ofd:Res {NS} BaseLoc="Res"><ofd:Fonts><ofd:Font ID="1" FontName="仿宋"/>'
            '<ofd:Font ID="2" FontName="黑体"/></ofd:Fonts></ofd:Res>'
        )
        members[f"{base}/DocumentRes.xml"] = (
            f'<ofd:Res {NS} BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="77" Type="Image">'
            "<ofd:MediaFile>scan.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>"
        )
        members[f"{base}/Res/scan.png"] = image or b"\x89PNG"
        members[f"{base}/Tpls/Tpl_0/Content.xml"] = _page(template or Sheet())
        for n, sheet in enumerate(sheets):
            members[f"{base}/Pages/Page_{n}/Content.xml"] = _page(sheet)
    members["OFD.xml"] = f'<ofd:OFD {NS} Version="1.0" DocType="OFD">{bodies}</ofd:OFD>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            head = "" if isinstance(data, bytes) else '<?xml version="1.0" encoding="UTF-8"?>'
            file.writestr(name, data if isinstance(data, bytes) else head + data)
    return out.getvalue()


def _page(sheet: Sheet) -> str:
    use = '<ofd:Template TemplateID="500" ZOrder="Background"/>' if sheet.template else ""
    return (
        f"<ofd:Page {NS}><ofd:Area><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:Area>{use}"
        f'<ofd:Content><ofd:Layer ID="3" Type="Body">{"".join(sheet.objects)}</ofd:Layer>'
        "</ofd:Content></ofd:Page>"
    )
