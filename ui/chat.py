"""The chat tab: a question in, evidence at once, words as they come, the checked answer last."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, cast

import gradio as gr

from answer.engine import MAX_QUESTION_CHARS, Answerer
from huiwen.errors import HuiwenError
from huiwen.types import AnswerReady, EvidenceFound, TextDelta
from ui import render

# A browser cannot use more, and every update carries the whole conversation.
_REFRESH_S = 0.08
_EMPTY = (
    '<div class="hw-empty"><h2>向会议资料提问</h2>'
    "<p>回答只依据资料库里的文件，每句话都注明出处；资料里没有的，会明说没有。</p></div>"
)
_NO_EVIDENCE = '<div class="hw-status">提问之后，这里列出所依据的段落。</div>'
Turns = list[str]
Update = tuple[str, str, Turns]


def conversation(answerer: Answerer, question: str, turns: Turns) -> Iterator[Update]:
    """Yield ``(conversation, evidence, turns)`` as HTML while a question is answered.

    ``turns`` are the earlier ones; the last element given out is the present one.
    """
    question = question.strip()
    if not question:
        yield "".join(turns) or _EMPTY, _NO_EVIDENCE, turns
        return
    panel, text, shown = "", "", 0.0

    def update(body: str) -> Update:
        now = [*turns, render.turn(question, body)]
        return "".join(now), panel, now

    try:
        with closing(cast("Any", answerer.ask(question))) as events:
            for event in events:
                match event:
                    case EvidenceFound(evidence):
                        panel = render.cards(evidence)
                        yield update(render.waiting(evidence))
                    case TextDelta(piece):
                        text += piece
                        if time.monotonic() - shown >= _REFRESH_S:
                            shown = time.monotonic()
                            yield update(render.draft(text))
                    case AnswerReady(found):
                        yield update(render.answer(found))
    except HuiwenError as error:
        yield update(render.problem(str(error)))


def chat_tab(answerer: Answerer, examples: Sequence[str]) -> None:
    """Build the tab inside the present Blocks."""
    turns = gr.State([])
    with gr.Row(elem_id="hw-chat-row"):
        with gr.Column(scale=5, min_width=260):
            chat = gr.HTML(_EMPTY, elem_id="chat")
            with gr.Row(elem_id="hw-ask-row"):
                question = gr.Textbox(
                    show_label=False,
                    label="问题",
                    placeholder="例如：会议是哪一天召开的？",
                    elem_id="question",
                    max_length=MAX_QUESTION_CHARS,
                    scale=8,
                    autofocus=True,
                    container=False,
                )
                send = gr.Button("提问", variant="primary", elem_id="ask", scale=0, min_width=72)
                stop = gr.Button("停止", elem_id="stop", scale=0, min_width=72)
            if examples:
                gr.Examples([[text] for text in examples], question, label="试试这些问题")
        with gr.Column(scale=4, min_width=260):
            gr.HTML(
                f'<iframe id="{render.FRAME}" name="{render.FRAME}" src="/source/" title="原文">'
                "</iframe>"
            )
            evidence = gr.HTML(_NO_EVIDENCE, elem_id="evidence")

    def ask(text: str, earlier: Turns) -> Iterator[Update]:
        yield from conversation(answerer, text, earlier)

    outputs = [chat, evidence, turns]
    running = [
        gr.on(
            [send.click, question.submit],
            lambda text: ("", text),
            question,
            [question, asked := gr.State("")],
            api_visibility="private",
            queue=False,
            show_progress="hidden",
        ).then(ask, [asked, turns], outputs, api_visibility="private", show_progress="hidden")
    ]
    stop.click(
        lambda html: html.replace("正在生成，尚未核对…", "已停止，未核对").replace(
            "正在阅读…", "已停止"
        ),
        chat,
        chat,
        cancels=running,
        api_visibility="private",
        show_progress="hidden",
    )
