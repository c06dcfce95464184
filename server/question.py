"""What a question over HTTP may say."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from huiwen.types import Exchange, Filters, Groups
from ingest.source import COLLECTION_CHARS

DATE = r"^(\d{4}-\d{2}-\d{2})?$"
# As much as a follow-up can lean on; more is the client's to leave out.
MAX_EXCHANGES = 20


class FiltersIn(BaseModel):
    """What a search is narrowed to; a field left out does not narrow."""

    model_config = ConfigDict(extra="forbid")

    document_id: str = Field(default="", max_length=64, description="只在这个文件里找")
    collection: str = Field(
        default="",
        max_length=COLLECTION_CHARS,
        description="只在这个资料集（文件所在的文件夹）里找",
        examples=["常务会议"],
    )
    speaker: str = Field(default="", max_length=50, description="只找此人说的", examples=["周立新"])
    since: str = Field(
        default="", pattern=DATE, description="文件日期不早于", examples=["2024-01-01"]
    )
    until: str = Field(
        default="", pattern=DATE, description="文件日期不晚于", examples=["2024-12-31"]
    )
    item: str = Field(
        default="",
        max_length=100,
        description="只在议题或议定事项含有此语的段落里找",
        examples=["城镇燃气管理办法", "议定事项 2"],
    )
    decisions: bool = Field(default=False, description="为真时只找会议议定、决定、要求的事")

    def filters(self, groups: Groups) -> Filters:
        """The same of what somebody in ``groups`` may see, None for everything."""
        return Filters(**self.model_dump(), groups=groups)


class ExchangeIn(BaseModel):
    """An earlier question and its answer."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(max_length=500, examples=["济南市的优良天数比例是多少？"])
    answer: str = Field(default="", max_length=8000, examples=["65.8%。[1]"])


class AskIn(BaseModel):
    """A question."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "会议是哪一天召开的？", "stream": False}]},
    )

    question: str = Field(description="要问的问题，最多 500 字")
    stream: bool = Field(default=False, description="为真时以 SSE 逐步返回")
    filters: FiltersIn = Field(default_factory=FiltersIn, description="检索范围")
    history: list[ExchangeIn] = Field(
        default_factory=list,
        max_length=MAX_EXCHANGES,
        description="此前的问答，旧的在前；“那威海呢？”这样的追问据此补全",
    )

    def exchanges(self) -> list[Exchange]:
        return [Exchange(one.question, one.answer) for one in self.history]
