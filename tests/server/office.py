"""A whole service in an office: pages and API, keys of several people, a document of one group."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Mount

from answer.engine import Answerer
from eval.stored import StoredRuns
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from index.sharing import Sharing
from server.app import create_app
from server.caller import Scope
from server.keys import Keys
from tests.fakes import HashEmbedder, ScriptedGenerator
from ui.mount import mount

OPEN = "河口市会议\n\n2023年，河口市完成管网改造120公里，总投资3.5亿元。\n"
SECRET = "人事会议纪要\n\n会议研究管网公司人事，总指挥拟由方启航担任。\n"
# Stands in nothing that somebody outside the group may be told.
TELLTALE = "方启航"
NAMES = ("nobody", "wrong", "ask", "upload", "other", "admin")
WRONG = "hw_0123abcd_" + "A" * 43


@dataclass
class Office:
    """The service and what its people hold."""

    settings: Settings
    app: FastAPI
    library: Library
    jobs: Jobs
    keys: Keys
    secrets: dict[str, str]
    documents: dict[str, str] = field(default_factory=dict)

    @property
    def gradio(self) -> Any:
        """Gradio's own app within ours."""
        (mount,) = (route for route in self.app.routes if isinstance(route, Mount))
        return mount.app._app._app  # type: ignore[attr-defined]

    def event(self, function: str) -> int:
        """Number of the page's event that runs this function."""
        fns = self.gradio.get_blocks().fns
        return next(n for n, event in fns.items() if event.fn and event.fn.__name__ == function)

    def client(self, name: str) -> TestClient:
        """The service as one of ``NAMES`` reaches it."""
        headers = {"authorization": f"Bearer {self.secrets[name]}"} if name != "nobody" else {}
        return TestClient(
            self.app, headers=headers, raise_server_exceptions=False, follow_redirects=False
        )

    def refill(self) -> None:
        """Have the documents there that some request may have deleted."""
        self.documents["open"] = self.library.add("upload/公开.txt", OPEN.encode()).info.id
        sharing = Sharing(frozenset({"办公室"}))
        info = self.library.add("upload/人事.txt", SECRET.encode(), sharing=sharing).info
        self.documents["secret"] = info.id

    def identity(self, name: str) -> str:
        """What names the caller in jobs and elsewhere."""
        return f"key:{self.secrets[name].split('_')[1]}"


@contextmanager
def office(settings: Settings) -> Iterator[Office]:
    settings = settings.model_copy(update={"access": "keys"})
    with (
        Library(settings, HashEmbedder()) as library,
        Jobs(library, settings) as jobs,
        closing(Keys(settings)) as keys,
    ):
        answerer = Answerer(library, ScriptedGenerator("完成管网改造120公里[1]。"), settings)
        app = asyncio.run(_made(library, jobs, answerer, settings))
        secrets = {
            "wrong": WRONG,
            "ask": keys.add("提问", [Scope.ASK], ["办公室"], 0)[1],
            "upload": keys.add("上传", [Scope.UPLOAD], ["办公室"], 0)[1],
            "other": keys.add("外单位", [Scope.ASK, Scope.UPLOAD], ["财务"], 0)[1],
            "admin": keys.add("管理员", [Scope.ADMIN], per_minute=0)[1],
        }
        made = Office(settings, app, library, jobs, keys, secrets)
        made.refill()
        yield made


async def _made(library: Library, jobs: Jobs, answerer: Answerer, settings: Settings) -> FastAPI:
    # In a loop: outside of one Gradio makes several and closes none.
    api = create_app(library, jobs, answerer, settings)
    runs = StoredRuns(settings.store.parent / "runs")
    return mount(api, library, jobs, settings, runs=runs)
