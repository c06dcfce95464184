"""The pages on the API's own server."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.resources import files

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount

from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from server.audit import Audit
from server.evaluations import Runs, evaluations_router
from ui.assets import assets_router
from ui.chat import chat_tab
from ui.documents import documents_tab
from ui.evaluation import evaluation_router, evaluation_tab
from ui.sessions import OwnSessions
from ui.shut import Shut
from ui.source import source_router
from ui.widget import widget_router

_FONTS = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")
_HEAD = (
    '<header id="hw-head"><h1>会问</h1><span>依据会议资料回答，句句注明出处</span>'
    '<button type="button" id="hw-theme" class="plain">随系统</button>{}</header>'
)
# Each reader who follows an upload holds one place for as long as it takes.
_WATCHING_AT_ONCE = 32
_LOGOUT = (
    '<form id="hw-logout" method="post" action="/logout">'
    '<button id="logout" class="plain">退出</button></form>'
)


def mount(
    app: FastAPI,
    library: Library,
    jobs: Jobs,
    settings: Settings,
    examples: Sequence[str] = (),
    runs: Runs | None = None,
    audit: Audit | None = None,
) -> FastAPI:
    """Add the source viewer and the pages to the API; returns the app to serve.

    With ``runs`` there is a tab that shows how evaluations went; what the pages
    change is put down in ``audit``.
    """
    if runs:
        app.include_router(evaluations_router(runs))
        app.include_router(evaluation_router(runs))
    app.include_router(source_router(library))
    app.include_router(assets_router())
    app.include_router(widget_router())
    # Gradio reports usage to its makers unless told not to.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    head = _HEAD.format(_LOGOUT if settings.access != "open" else "")
    with _blocks() as page:
        gr.HTML(head, padding=False, apply_default_css=False)
        with gr.Tab("问答"):
            chat_tab(examples)
        with gr.Tab("资料库"):
            documents_tab(library, jobs, page, audit, shared=settings.access != "open")
        if runs:
            with gr.Tab("评测"):
                evaluation_tab(runs, page)
    page.queue(default_concurrency_limit=_WATCHING_AT_ONCE)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        theme=gr.themes.Default(primary_hue="blue", font=_FONTS, font_mono=("monospace",)),
        head=files("ui").joinpath("templates", "head.html").read_text("utf-8"),
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        max_file_size=f"{settings.max_upload_mb}mb",
    )
    for route in mounted.routes:
        if isinstance(route, Mount):
            route.app = Shut(OwnSessions(route.app))
    return mounted


def _blocks() -> gr.Blocks:
    # Uploads are deleted once read; what an abandoned one leaves goes within the hour.
    return gr.Blocks(
        title="会问", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)
    )
