"""What goes over the wire, and how it is made from the domain types."""

from __future__ import annotations

from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, computed_field

from huiwen.types import (
    Answer,
    AnswerStatus,
    Citation,
    Document,
    DocumentInfo,
    Evidence,
    Hit,
    ParagraphKind,
    Span,
    Statement,
)
from index.jobs import JobState
from ingest.source import collection_of
from server.label import AI_LABEL as AI_LABEL
from server.label import metadata

ITEM: str = Field(
    description="纪要的议题与议定事项序号，无则为空", examples=["二、研究民生实事 › 议定事项 2"]
)
DECISION: bool = Field(description="是否会议议定、决定或要求的事")


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(examples=["urn:huiwen:problem:not-found"])
    title: str = Field(examples=["未找到"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["资料库里没有编号为 0f3a… 的文件；它可能已被删除。"])
    instance: str = Field(examples=["/api/documents/0f3a"])


class QuoteOut(BaseModel):
    """A range of a passage's text, in code points, with that text."""

    start: int
    end: int
    text: str


class HitOut(BaseModel):
    """A passage found by search."""

    document_id: str
    document_name: str
    passage_id: str
    title: str
    headings: list[str]
    speaker: str = Field(description="谁说的，未载明时为空", examples=["周立新"])
    office: str = Field(description="其职务", examples=["河口市市长"])
    date: str = Field(description="文件日期", examples=["2024-03-18"])
    page: int = Field(description="所在页，没有页的文件为 0")
    item: str = ITEM
    decision: bool = DECISION
    text: str
    score: float
    similarity: float | None


class EvidenceOut(HitOut):
    """A numbered passage of this request."""

    number: int = Field(examples=[1])
    quote: QuoteOut
    url: str = Field(description="打开原文并高亮所引句子的网址")


class CitationOut(BaseModel):
    """Where a statement is supported."""

    number: int
    document_id: str
    document_name: str
    passage_id: str
    item: str = ITEM
    decision: bool = DECISION
    quote: QuoteOut
    url: str


class StatementOut(BaseModel):
    """One sentence of the answer."""

    text: str
    citations: list[CitationOut]
    unsupported_numbers: list[str] = Field(description="所引段落里找不到的数字")


class TimingsOut(BaseModel):
    """Seconds from the arrival of the question."""

    evidence: float
    first_token: float | None
    total: float


class AnswerOut(BaseModel):
    """A checked answer."""

    question: str
    status: AnswerStatus
    text: str = Field(examples=["会议于2月26日召开。[1]"])
    statements: list[StatementOut]
    evidence: list[EvidenceOut]
    reason: str
    model: str
    timings: TimingsOut
    ai_generated: bool = True
    ai_label: str = AI_LABEL
    aigc: dict[str, str] = Field(
        description="人工智能生成的隐式标识，导出为文件时写入其元数据（GB 45438-2025）",
        examples=[
            {"Label": "1", "ContentProducer": "会问 Huiwen", "ProduceID": "0f3a5b7c9d1e2f40"}
        ],
    )


class ReportOut(BaseModel):
    """What ingestion did to the file."""

    model_config = ConfigDict(from_attributes=True)

    pages: int
    paragraphs: int
    rejoined: int
    repeated: int
    captions: int
    dropped: int
    hidden: int
    passages: int
    warnings: list[str]


class MetadataOut(BaseModel):
    """What is known of the document as a whole; empty where it is not told."""

    model_config = ConfigDict(from_attributes=True)

    meeting: str
    date: str
    issuer: str
    number: str
    secrecy: str
    place: str
    published: str
    index_number: str


class DocumentOut(BaseModel):
    """A stored document."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    source: str
    name: str
    title: str
    sha256: str
    format: str
    encoding: str
    characters: int
    added_at: str
    report: ReportOut
    metadata: MetadataOut
    groups: list[str] = Field(description="可以看它的组；空为所有人", examples=[["办公室"]])

    @computed_field(description="所属资料集，即所在的文件夹；没有为空")  # type: ignore[prop-decorator]
    @property
    def collection(self) -> str:
        return collection_of(self.source)


class GroupsIn(BaseModel):
    """Who may see a document."""

    model_config = ConfigDict(extra="forbid")

    groups: list[str] = Field(
        max_length=50, description="可以看它的组；空为所有人", examples=[["办公室"]]
    )


class UploadOut(BaseModel):
    """Result of an upload."""

    change: str = Field(examples=["added"], description="added、replaced 或 unchanged")
    document: DocumentOut


class JobOut(BaseModel):
    """A file on its way into the library."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    state: JobState
    done: int = Field(description="已计算向量的片段数")
    total: int = Field(description="片段总数，解析完成前为 0")
    change: str = Field(description="完成后：added、replaced 或 unchanged")
    document_id: str
    problem: str = Field(description="失败的原因")
    created_at: str
    finished_at: str


class BoxOut(BaseModel):
    """A rectangle on a page, in points from its top left corner."""

    model_config = ConfigDict(from_attributes=True)

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class ParagraphOut(BaseModel):
    """A paragraph; ``spans`` are ranges of the original text."""

    id: str
    kind: ParagraphKind
    headings: list[str]
    text: str
    spans: list[tuple[int, int]]
    boxes: list[BoxOut]
    speaker: str
    office: str
    quality: float
    item: str = ITEM
    decision: bool = DECISION


class DocumentTextOut(BaseModel):
    """A document with its paragraphs."""

    document: DocumentOut
    paragraphs: list[ParagraphOut]


class HealthOut(BaseModel):
    """The process is alive."""

    status: str = "ok"
    version: str


class ReadyOut(BaseModel):
    """The service can answer."""

    status: str = "ready"
    documents: int
    embedder: str
    model: str


def source_url(document_id: str, passage_id: str, quote: Span) -> str:
    """Address of the source viewer with a sentence highlighted."""
    query = urlencode({"passage": passage_id, "start": quote.start, "end": quote.end})
    return f"/source/{document_id}?{query}#hit"


def evidence_out(item: Evidence) -> EvidenceOut:
    passage = item.passage
    return EvidenceOut(
        **hit_out(item.hit).model_dump(),
        number=item.number,
        quote=_quote(passage.text, item.quote),
        url=source_url(passage.document_id, passage.id, item.quote),
    )


def answer_out(answer: Answer, producer: str = "") -> AnswerOut:
    """``producer`` is the setting of that name, for the label of generated content."""
    by_number = {item.number: item for item in answer.evidence}
    return AnswerOut(
        question=answer.question,
        status=answer.status,
        text=answer.text,
        statements=[_statement(statement, by_number) for statement in answer.statements],
        evidence=[evidence_out(item) for item in answer.evidence],
        reason=answer.reason,
        model=answer.model,
        timings=TimingsOut(
            evidence=answer.timings.evidence,
            first_token=answer.timings.first_token,
            total=answer.timings.total,
        ),
        aigc=metadata(answer, producer),
    )


def hit_out(hit: Hit) -> HitOut:
    passage = hit.passage
    return HitOut(
        document_id=passage.document_id,
        document_name=passage.document_name,
        passage_id=passage.id,
        title=passage.title,
        headings=list(passage.headings),
        speaker=passage.speaker,
        office=passage.office,
        date=passage.date,
        page=passage.page,
        item=passage.item,
        decision=passage.decision,
        text=passage.text,
        score=hit.score,
        similarity=hit.similarity,
    )


def document_out(info: DocumentInfo) -> DocumentOut:
    return DocumentOut.model_validate(info)


def text_out(info: DocumentInfo, document: Document) -> DocumentTextOut:
    return DocumentTextOut(
        document=document_out(info),
        paragraphs=[
            ParagraphOut(
                id=paragraph.id,
                kind=paragraph.kind,
                headings=list(paragraph.headings),
                text=paragraph.text,
                spans=[(span.start, span.end) for span in paragraph.spans],
                boxes=[BoxOut.model_validate(box) for box in paragraph.boxes],
                speaker=paragraph.speaker,
                office=paragraph.office,
                quality=paragraph.quality,
                item=paragraph.item,
                decision=paragraph.decision,
            )
            for paragraph in document.paragraphs
        ],
    )


def _statement(statement: Statement, by_number: dict[int, Evidence]) -> StatementOut:
    return StatementOut(
        text=statement.text,
        citations=[_citation(c, by_number[c.number]) for c in statement.citations],
        unsupported_numbers=list(statement.unsupported_numbers),
    )


def _citation(citation: Citation, item: Evidence) -> CitationOut:
    return CitationOut(
        number=citation.number,
        document_id=citation.document_id,
        document_name=item.passage.document_name,
        passage_id=citation.passage_id,
        item=item.passage.item,
        decision=item.passage.decision,
        quote=_quote(item.passage.text, citation.quote),
        url=source_url(citation.document_id, citation.passage_id, citation.quote),
    )


def _quote(text: str, span: Span) -> QuoteOut:
    return QuoteOut(start=span.start, end=span.end, text=text[span.start : span.end])
