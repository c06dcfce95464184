"""The official openai client, unchanged, against a real server process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from tests.portal.meeting import ANSWER, QUESTION

HISTORY = [
    {"role": "system", "content": "你是海盗。"},
    {"role": "user", "content": QUESTION},
    {"role": "assistant", "content": ANSWER},
]


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="hw-test", max_retries=0) as client:
        yield client


def ask(client: openai.OpenAI, content: Any = QUESTION, **more: Any) -> Any:
    return client.chat.completions.create(
        model="huiwen", messages=[{"role": "user", "content": content}], **more
    )


def test_a_completion_with_its_citations(client: openai.OpenAI) -> None:
    completion = ask(client, temperature=0.3, max_tokens=50)
    (choice,) = completion.choices
    assert choice.message.content == ANSWER
    assert choice.message.role == "assistant"
    assert choice.finish_reason == "stop"
    said = choice.message.huiwen
    assert said["status"] == "answered"
    assert said["ai_label"]
    (citation,) = said["citations"]
    assert "120公里" in citation["quote"]["text"]
    assert citation["number"] in [item["number"] for item in said["evidence"]]
    page = httpx.get(str(client.base_url).removesuffix("/v1/") + citation["url"].split("#")[0])
    assert "120公里" in page.text.split('<mark id="hit">')[1].split("</mark>")[0]
    counted = completion.usage
    assert (counted.prompt_tokens, counted.completion_tokens) == (len(QUESTION), len(ANSWER))
    assert counted.total_tokens == len(QUESTION) + len(ANSWER)


def test_a_stream_says_only_what_was_checked(client: openai.OpenAI) -> None:
    # Asked by no other test: what was answered before comes without a draft.
    question = "2023年河口市完成管网改造多少公里？"
    streaming = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = list(ask(client, question, **streaming))
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[0].huiwen["evidence"][0]["number"] == 1
    whole = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert whole == ANSWER
    drafts = [c.huiwen["draft"] for c in chunks if "draft" in (getattr(c, "huiwen", None) or {})]
    assert "".join(drafts) == "完成管网改造120公里[1]。"
    *_, last, counted = chunks
    assert last.choices[0].finish_reason == "stop"
    assert last.huiwen["status"] == "answered"
    assert last.huiwen["citations"][0]["document_name"] == "会议.txt"
    assert counted.choices == []
    assert counted.usage.completion_tokens == len(ANSWER)


def test_no_usage_unless_asked_for(client: openai.OpenAI) -> None:
    assert all(chunk.usage is None and chunk.choices for chunk in ask(client, stream=True))


async def _streamed(url: str) -> str:
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="hw-test") as client:
        stream = await client.chat.completions.create(
            model="huiwen", messages=[{"role": "user", "content": QUESTION}], stream=True
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])


def test_the_asynchronous_client(url: str) -> None:
    import asyncio

    assert asyncio.run(_streamed(url)) == ANSWER


def test_earlier_turns_complete_a_follow_up(client: openai.OpenAI) -> None:
    turns: Any = [*HISTORY, {"role": "user", "content": "那河口市总投资呢？"}]
    completion: Any = client.chat.completions.create(model="huiwen", messages=turns)
    alone = ask(client, "那河口市总投资呢？")
    assert alone.choices[0].message.huiwen["question"] == "那河口市总投资呢？"
    assert completion.choices[0].message.huiwen["question"] != "那河口市总投资呢？"


def test_text_parts_and_filters(client: openai.OpenAI) -> None:
    parts = [{"type": "text", "text": QUESTION}]
    assert ask(client, parts).choices[0].message.content == ANSWER
    narrowed = ask(client, extra_body={"huiwen": {"filters": {"since": "2999-01-01"}}})
    assert narrowed.choices[0].message.huiwen["status"] == "refused"
    assert narrowed.choices[0].message.huiwen["evidence"] == []


def test_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["huiwen"]
    assert client.models.retrieve("huiwen").owned_by == "huiwen"
    with pytest.raises(openai.NotFoundError, match="gpt-4o"):
        client.models.retrieve("gpt-4o")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("model", "messages", "expected", "said"),
    [
        ("gpt-4o", [{"role": "user", "content": "会议"}], openai.NotFoundError, "gpt-4o"),
        ("huiwen", [], openai.BadRequestError, "messages"),
        ("huiwen", HISTORY, openai.BadRequestError, "末尾"),
        ("huiwen", [{"role": "user", "content": "  "}], openai.BadRequestError, "空"),
        ("huiwen", [{"role": "user", "content": "问" * 501}], openai.BadRequestError, "501"),
        ("huiwen", [{"role": "captain", "content": "?"}], openai.BadRequestError, "role"),
        (
            "huiwen",
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a"}}]}],
            openai.BadRequestError,
            "image_url",
        ),
    ],
)
def test_errors_have_openai_s_shape(
    client: openai.OpenAI, stream: bool, model: str, messages: Any, expected: Any, said: str
) -> None:
    with pytest.raises(expected, match=said) as caught:
        client.chat.completions.create(model=model, messages=messages, stream=stream)
    assert caught.value.body["type"] == "invalid_request_error"
    assert caught.value.code


@pytest.mark.parametrize("path", ["embeddings", "completions", "nowhere"])
def test_what_is_not_there_says_so_in_the_same_shape(url: str, path: str) -> None:
    response = httpx.post(f"{url}/v1/{path}", json={})
    assert response.status_code == 404
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}


def test_too_much_is_refused_in_the_same_shape(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        ask(client, "问" * 400_000)
    assert caught.value.status_code == 413
    assert isinstance(caught.value.body, dict)
