"""The pages on the API's own server."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.resources import files

import gradio as gr
from fastapi import FastAPI

from answer.engine import Answerer
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from server.schemas import AI_LABEL
from ui.chat import chat_tab
from ui.documents import documents_tab
from ui.source import source_router
from ui.widget import widget_router

_FONTS = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")
_HEAD = (
    f'<div id="hw-head"><h1>会问</h1><span>依据会议资料回答，句句注明出处。{AI_LABEL}</span></div>'
)
# One model answers one at a time; the others see their evidence meanwhile.
_ASKING_AT_ONCE = 8


def mount(
    app: FastAPI,
    library: Library,
    jobs: Jobs,
    answerer: Answerer,
    settings: Settings,
    examples: Sequence[str] = (),
) -> FastAPI:
    """Add the source viewer and the chat page to the API; returns the app to serve."""
    app.include_router(source_router(library))
    app.include_router(widget_router())
    # Gradio reports usage to its makers unless told not to.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    page = _page(library, jobs, answerer, examples)
    static = files("ui").joinpath("static")
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        theme=gr.themes.Default(primary_hue="blue", font=_FONTS, font_mono=("monospace",)),
        css=static.joinpath("page.css").read_text("utf-8"),
        head=static.joinpath("page.html").read_text("utf-8"),
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        max_file_size=f"{settings.max_upload_mb}mb",
    )
    return mounted


def _page(library: Library, jobs: Jobs, answerer: Answerer, examples: Sequence[str]) -> gr.Blocks:
    # Uploads are deleted once read; what an abandoned one leaves goes within the hour.
    with gr.Blocks(
        title="会问", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)
    ) as page:
        gr.HTML(_HEAD)
        with gr.Tab("问答"):
            chat_tab(answerer, examples)
        with gr.Tab("资料库"):
            documents_tab(library, jobs, page)
    page.queue(default_concurrency_limit=_ASKING_AT_ONCE)
    return page
