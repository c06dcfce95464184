"""The chat tab: its parts as HTML; ``static/app.js`` moves them, over the same API as anybody."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr
from jinja2 import Environment, PackageLoader, select_autoescape

from answer.engine import MAX_QUESTION_CHARS
from server.schemas import AI_LABEL

_TEMPLATES = Environment(
    loader=PackageLoader("ui"),
    autoescape=select_autoescape(default=True),
    trim_blocks=True,
    lstrip_blocks=True,
)


def chat_tab(examples: Sequence[str]) -> None:
    """Build the tab inside the present Blocks."""
    page = _TEMPLATES.get_template("chat.html").render(
        examples=examples, label=AI_LABEL, longest=MAX_QUESTION_CHARS
    )
    gr.HTML(page, elem_id="hw-chat", padding=False, apply_default_css=False)
