"""Answers and conversations as files, read back with readers of their own."""

from __future__ import annotations

import json
from io import BytesIO
from urllib.parse import unquote
from xml.etree import ElementTree
from zipfile import ZipFile

import pypdfium2 as pdfium
import pytest
from docx import Document

from server.schemas import AI_LABEL
from tests.server.test_conversations import QUESTION, World, world

__all__ = ["world"]  # a fixture
HOSTILE = "<b>&\x01\x0b]]>${x}😀𠮷的投资？"


def export(world: World, conversation: str, **query: str) -> bytes:
    response = world.client.get(f"/api/conversations/{conversation}/export", params=query)
    assert response.status_code == 200, response.text
    return response.content


def pdf_text(data: bytes) -> str:
    document = pdfium.PdfDocument(data)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return text.replace("\r\n", "").replace("\n", "")


def docx_text(data: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(BytesIO(data)).paragraphs)


def test_a_conversation_as_word_and_pdf(world: World) -> None:
    identity = world.new()
    world.ask(identity)
    world.ask(identity, "1987年开了什么会？")
    word = docx_text(export(world, identity))
    pdf = pdf_text(export(world, identity, format="pdf"))
    for text in (word, pdf):
        assert QUESTION in text
        assert "完成管网改造120公里。[1]" in text
        assert "[1] 会议.txt：“2023年，河口市完成管网改造120公里" in text
        assert "资料未载" in text
        assert text.count(AI_LABEL) >= 3


def test_one_answer_alone_and_its_name(world: World) -> None:
    identity = world.new()
    world.ask(identity)
    answer = world.ask(identity, "会议由谁主持？")["id"]
    path = f"/api/conversations/{identity}/export"
    response = world.client.get(path, params={"answer": answer})
    assert QUESTION not in docx_text(response.content).split("\n")
    disposition = unquote(response.headers["content-disposition"])
    assert disposition == "attachment; filename*=UTF-8''会议由谁主持？.docx"
    missing = world.client.get(path, params={"answer": "0" * 16})
    assert missing.status_code == 404


def test_the_label_is_in_the_files_properties(world: World) -> None:
    identity = world.new()
    world.ask(identity)
    document = Document(BytesIO(export(world, identity)))
    properties = document.core_properties
    assert (properties.subject, properties.category) == (AI_LABEL, "人工智能生成")
    assert document.sections[0].footer.paragraphs[0].text == AI_LABEL
    pdf = pdfium.PdfDocument(export(world, identity, format="pdf"))
    facts = pdf.get_metadata_dict()
    pdf.close()
    assert (facts["Title"], facts["Subject"]) == (QUESTION, AI_LABEL)
    assert "人工智能生成" in facts["Keywords"]


def label_of(data: bytes, kind: str) -> dict[str, str]:
    """The implicit label, read from the very bytes by what the formats say of themselves."""
    if kind == "docx":
        with ZipFile(BytesIO(data)) as archive:
            assert b"/docProps/custom.xml" in archive.read("[Content_Types].xml")
            assert b'"docProps/custom.xml"' in archive.read("_rels/.rels")
            root = ElementTree.fromstring(archive.read("docProps/custom.xml"))
        (held,) = (one for one in root if one.get("name") == "AIGC")
        text = "".join(held.itertext())
    else:
        packet = data[data.index(b"<?xpacket begin") : data.index(b'<?xpacket end="w"?>')]
        root = ElementTree.fromstring(packet)
        text = root.findtext(".//{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC") or ""
    label: dict[str, str] = json.loads(text)["AIGC"]
    return label


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_files_carry_the_implicit_label(world: World, kind: str) -> None:
    identity = world.new()
    first = world.ask(identity)["answer"]["aigc"]
    second = world.ask(identity, "那2022年呢？")["answer"]["aigc"]
    assert label_of(export(world, identity, format=kind), kind) == {
        **first,
        "ProduceID": f"{first['ProduceID']},{second['ProduceID']}",
        "PropagateID": f"{first['ProduceID']},{second['ProduceID']}",
    }
    answer = world.turns(identity)[0]["id"]
    alone = label_of(export(world, identity, format=kind, answer=answer), kind)
    assert alone == first
    assert alone["ContentProducer"] == world.settings.producer
    # Of what was given then, whatever is still shown of it.
    world.library.delete(world.library.documents()[0].id)
    assert label_of(export(world, identity, format=kind, answer=answer), kind) == first


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_whatever_was_asked_can_be_written(world: World, kind: str) -> None:
    identity = world.new()
    world.ask(identity, HOSTILE)
    text = (docx_text if kind == "docx" else pdf_text)(export(world, identity, format=kind))
    assert "<b>& ]]>${x}" in text


def test_a_deleted_document_is_in_no_file(world: World) -> None:
    identity = world.new()
    world.ask(identity)
    world.library.delete(world.library.documents()[0].id)
    text = docx_text(export(world, identity))
    assert "120公里" not in text
    assert "已从资料库删除" in text


def test_small_talk_is_written_too(world: World) -> None:
    identity = world.new()
    world.ask(identity, "你好")
    assert "你好" in docx_text(export(world, identity))


def test_an_empty_conversation_has_nothing_to_write(world: World) -> None:
    response = world.client.get(f"/api/conversations/{world.new()}/export")
    assert response.status_code == 422
    assert "先提问" in response.json()["detail"]
