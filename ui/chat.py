"""The chat tab: a question in, evidence at once, words as they come, the checked answer last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from answer.engine import MAX_QUESTION_CHARS, Answerer
from huiwen.types import Filters
from ui import conversation, render
from ui.conversation import Turns

_EMPTY = (
    '<div class="hw-empty"><h2>向会议资料提问</h2>'
    "<p>回答只依据资料库里的文件，每句话都注明出处；资料里没有的，会明说没有。</p></div>"
)
_NO_EVIDENCE = '<div class="hw-status">提问之后，这里列出所依据的段落。</div>'
_FRAME = f'<iframe id="{render.FRAME}" name="{render.FRAME}" src="/source/" title="原文"></iframe>'
_QUIET = {"api_visibility": "private", "show_progress": "hidden"}


def chat_tab(answerer: Answerer, examples: Sequence[str]) -> None:
    """Build the tab inside the present Blocks."""
    turns = gr.State(())
    with gr.Row(elem_id="hw-chat-row"):
        with gr.Column(scale=5, min_width=260, elem_id="hw-chat-column"):
            chat = gr.HTML(_EMPTY, elem_id="chat", autoscroll=True)
            with gr.Row(elem_id="hw-ask-row"):
                question = _question()
                send = gr.Button("提问", variant="primary", elem_id="ask", scale=0, min_width=72)
                stop = gr.Button("停止", elem_id="stop", scale=0, min_width=72)
            decisions = gr.Checkbox(
                label="只在会议议定、决定、要求的事里找", elem_id="decisions", container=False
            )
            if examples:
                rows = [[text] for text in examples]
                gr.Examples(rows, question, label="试试这些问题", api_visibility="private")
        with gr.Column(scale=4, min_width=260, elem_id="hw-source-column"):
            gr.HTML(_FRAME, elem_id="hw-source")
            evidence = gr.HTML(_NO_EVIDENCE, elem_id="evidence")

    def ask(turns: Turns, decisions: bool) -> Iterator[tuple[str, str, Turns]]:
        for now, found in conversation.run(answerer, turns, Filters(decisions=decisions)):
            yield conversation.html(now), render.cards(found), now

    asking = gr.on(
        [send.click, question.submit],
        _begin,
        [question, turns],
        [question, chat, evidence, turns, send],
        **_QUIET,
    ).success(ask, [turns, decisions], [chat, evidence, turns], **_QUIET)
    asking.then(_end, turns, [chat, turns, send], **_QUIET)
    stop.click(_end, turns, [chat, turns, send], cancels=[asking], **_QUIET)


def _question() -> gr.Textbox:
    return gr.Textbox(
        show_label=False,
        label="问题",
        placeholder="例如：会议是哪一天召开的？",
        elem_id="question",
        max_length=MAX_QUESTION_CHARS,
        scale=8,
        autofocus=True,
        container=False,
    )


def _begin(text: str, turns: Turns) -> tuple[str, str, str, Turns, dict[str, Any]]:
    """Show the question and empty the box; what cannot be asked now stays in it."""
    if conversation.pending(turns):
        raise _notice("上一个问题还在回答；请等它答完，或按“停止”。")
    text = " ".join(text.split())
    if not text:
        raise _notice("请先输入问题。")
    now = conversation.begin(turns, text)
    return "", conversation.html(now), render.looking(), now, gr.update(interactive=False)


def _end(turns: Turns) -> tuple[str, Turns, dict[str, Any]]:
    """Let the next question in, whether the last was answered, stopped or lost."""
    now = conversation.stop(turns)
    return conversation.html(now) or _EMPTY, now, gr.update(interactive=True)


def _notice(message: str) -> gr.Error:
    return gr.Error(message, duration=4, title="请稍候", print_exception=False)
