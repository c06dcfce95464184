"""What goes over the wire of the OpenAI-compatible API, and the errors in its shape."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from huiwen.errors import InputError
from huiwen.types import Answer, Exchange
from server.label import AI_LABEL
from server.question import MAX_EXCHANGES, FiltersIn
from server.schemas import CitationOut, EvidenceOut, answer_out

MODEL = "huiwen"
_KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class PartIn(BaseModel):
    """A part of a message; only text can be read."""

    model_config = ConfigDict(extra="ignore")

    type: str = Field(examples=["text"])
    text: str = ""


class MessageIn(BaseModel):
    """A turn of the conversation."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[PartIn] | None = None

    def text(self) -> str:
        """Raises InputError for pictures, sound and files."""
        if not isinstance(self.content, list):
            return self.content or ""
        for part in self.content:
            if part.type not in ("text", "refusal"):
                raise InputError(f"消息里有 {part.type} 内容，只能读文字；请改用文字提问。")
        return "".join(part.text for part in self.content)


class StreamOptionsIn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class HuiwenIn(BaseModel):
    """What OpenAI's API has no field for."""

    model_config = ConfigDict(extra="forbid")

    filters: FiltersIn = Field(default_factory=FiltersIn, description="检索范围")


class ChatIn(BaseModel):
    """A chat completion request; sampling parameters are accepted and have no effect."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "model": MODEL,
                    "messages": [{"role": "user", "content": "会议是哪一天召开的？"}],
                }
            ]
        },
    )

    model: str = Field(max_length=200, examples=[MODEL], description="见 GET /v1/models")
    messages: list[MessageIn] = Field(
        min_length=1, max_length=200, description="末尾一条用户消息是问题，此前的是对话历史"
    )
    stream: bool | None = None
    stream_options: StreamOptionsIn | None = None
    n: Literal[1] | None = Field(default=None, description="只能是 1")
    huiwen: HuiwenIn = Field(default_factory=HuiwenIn, description="会问的扩展")

    def question(self) -> str:
        """Raises InputError unless the last message is a user's."""
        if self.messages[-1].role != "user":
            raise InputError("最后一条消息必须是用户的（role 为 user）；请把问题放在末尾。")
        return self.messages[-1].text()

    def exchanges(self) -> list[Exchange]:
        """Earlier questions with the answers that followed them, oldest first."""
        found: list[Exchange] = []
        asked: str | None = None
        for message in self.messages[:-1]:
            if message.role == "user":
                asked = message.text()
            elif message.role == "assistant" and asked is not None:
                found.append(Exchange(asked, message.text()))
                asked = None
        return found[-MAX_EXCHANGES:]


class HuiwenOut(BaseModel):
    """What OpenAI's API has no field for: what the answer rests on."""

    status: str = Field(examples=["answered"], description="answered、refused 或 extractive")
    question: str = Field(description="问题；追问则是补全之后的")
    reason: str = Field(description="没有回答、只列原文时的原因")
    model: str = Field(description="写出回答的语言模型")
    citations: list[CitationOut] = Field(description="正文里 [1] 等标记所指的原文，已核对")
    evidence: list[EvidenceOut] = Field(description="检索到的段落")
    ai_generated: bool = True
    ai_label: str = AI_LABEL
    aigc: dict[str, str] = Field(description="人工智能生成的隐式标识")


class MessageOut(BaseModel):
    role: Literal["assistant"] = "assistant"
    content: str = Field(examples=["会议于2月26日召开。[1]"])
    refusal: None = None
    huiwen: HuiwenOut


class ChoiceOut(BaseModel):
    index: int = 0
    message: MessageOut
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class UsageOut(BaseModel):
    """Counted in characters: the models behind the service count tokens differently, or not."""

    prompt_tokens: int = Field(description="各条消息的字数")
    completion_tokens: int = Field(description="回答的字数")
    total_tokens: int


class ChatOut(BaseModel):
    """A chat completion."""

    id: str = Field(examples=["chatcmpl-0f3a5b7c9d1e2f40"])
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[ChoiceOut]
    usage: UsageOut


class ModelOut(BaseModel):
    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "huiwen"


class ModelsOut(BaseModel):
    object: Literal["list"] = "list"
    data: list[ModelOut]


class ErrorIn(BaseModel):
    message: str = Field(examples=["没有名为 gpt-4o 的模型；请用 huiwen。"])
    type: str = Field(examples=["invalid_request_error"])
    param: str | None = None
    code: str | None = Field(examples=["not-found"])


class ErrorOut(BaseModel):
    """An error in the shape of OpenAI's API."""

    error: ErrorIn


def error_out(status: int, slug: str, detail: str) -> tuple[int, ErrorOut]:
    """The status OpenAI's clients expect (400 for our 422) and the body."""
    kind = _KINDS.get(status, "invalid_request_error" if status < 500 else "server_error")
    body = ErrorOut(error=ErrorIn(message=detail, type=kind, code=slug))
    return 400 if status == 422 else status, body


def content(answer: Answer) -> str:
    """The answer as one text; why it is only passages comes first, where it is."""
    parts = (answer.reason, answer.text) if answer.statements else (answer.text,)
    return "\n".join(part for part in parts if part)


def huiwen_out(answer: Answer, producer: str) -> HuiwenOut:
    out = answer_out(answer, producer)
    return HuiwenOut(
        status=out.status.value,
        question=out.question,
        reason=out.reason,
        model=out.model,
        citations=[citation for one in out.statements for citation in one.citations],
        evidence=out.evidence,
        aigc=out.aigc,
    )


def usage(body: ChatIn, text: str) -> UsageOut:
    prompt = sum(len(message.text()) for message in body.messages)
    return UsageOut(
        prompt_tokens=prompt, completion_tokens=len(text), total_tokens=prompt + len(text)
    )
