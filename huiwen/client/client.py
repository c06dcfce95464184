"""The client itself."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TypedDict, TypeVar, Unpack
from urllib.parse import urljoin

import httpx
from pydantic import BaseModel, TypeAdapter

from huiwen.client.problem import BusyError, UnreachableError, made, problem_of
from huiwen.client.results import (
    Answer,
    Document,
    DocumentText,
    Draft,
    Event,
    Found,
    Hit,
    Job,
    Rewritten,
    Upload,
)

_HITS = TypeAdapter(list[Hit])
_EVENTS: dict[str, type[BaseModel]] = {
    "rewritten": Rewritten, "evidence": Found, "delta": Draft, "answer": Answer,
}  # fmt: skip
_PAGE = 200
_POLL_S = 0.5
_ResultT = TypeVar("_ResultT", bound=BaseModel)


class Narrowing(TypedDict, total=False):
    """What a search is narrowed to; dates are ISO 8601, both included."""

    document_id: str
    collection: str
    speaker: str
    since: str
    until: str
    item: str
    decisions: bool


class Client:
    """Asks a service at ``base_url`` with a key. Safe for threads, to be closed.

    ``timeout_s`` is the longest silence that is borne: a small model on an
    office server takes its time. A service that says 429 or 503 with a
    Retry-After is asked again, at most ``retries`` times and never after more
    than ``patience_s`` seconds. All methods raise ProblemError kinds for what
    the service refuses and UnreachableError where it does not answer.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:7860",
        key: str = "",
        *,
        timeout_s: float = 300.0,
        retries: int = 3,
        patience_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(timeout_s, connect=10.0),
            transport=transport,
        )
        self._retries = retries
        self._patience_s = patience_s

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def url(self, path: str) -> str:
        """The whole address of a path such as a citation's ``url``."""
        return urljoin(str(self._http.base_url), path)

    def ask(
        self,
        question: str,
        history: Sequence[tuple[str, str]] = (),
        **narrowing: Unpack[Narrowing],
    ) -> Answer:
        """The checked answer; ``history`` is earlier questions and answers, oldest first."""
        body = _question(question, history, narrowing)
        return self._one(Answer, "POST", "/api/ask", json=body)

    def stream(
        self,
        question: str,
        history: Sequence[tuple[str, str]] = (),
        **narrowing: Unpack[Narrowing],
    ) -> Iterator[Event]:
        """Events as the answer comes about, the Answer last; to stop early, close the iterator."""
        body = {**_question(question, history, narrowing), "stream": True}
        with self._sent("POST", "/api/ask", json=body) as response, _reachable(self._http):
            name = ""
            for line in response.iter_lines():
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:") and name == "problem":
                    told = TypeAdapter(dict[str, Any]).validate_json(line[5:])
                    raise made(int(told.get("status", 500)), told)
                elif line.startswith("data:") and name in _EVENTS:
                    # Events of later versions are none of ours.
                    yield _EVENTS[name].model_validate_json(line[5:])  # type: ignore[misc]

    def search(self, query: str, k: int = 5, **narrowing: Unpack[Narrowing]) -> list[Hit]:
        """The best ``k`` passages (1 to 50), best first."""
        asked: dict[str, Any] = {"q": query, "k": k, **narrowing}
        if "document_id" in asked:
            asked["document"] = asked.pop("document_id")
        with self._sent("GET", "/api/search", params=asked) as response:
            return _HITS.validate_json(response.read())

    def upload(
        self, path: str | Path, data: bytes | None = None, *, collection: str = ""
    ) -> Upload:
        """Take a file in and wait for it; with ``data``, ``path`` is only its name."""
        with self._uploading(path, data, {}, collection) as response:
            return Upload.model_validate_json(response.read())

    def submit(self, path: str | Path, data: bytes | None = None, *, collection: str = "") -> Job:
        """Leave a file with the service, which takes it in by and by; see ``wait``."""
        prefer = {"Prefer": "respond-async"}
        with self._uploading(path, data, prefer, collection) as response:
            return Job.model_validate_json(response.read())

    def documents(self) -> Iterator[Document]:
        """All documents, fetched a page at a time."""
        return self._pages(Document, "/api/documents")

    def document(self, identity: str) -> DocumentText:
        return self._one(DocumentText, "GET", f"/api/documents/{identity}")

    def delete(self, identity: str) -> None:
        with self._sent("DELETE", f"/api/documents/{identity}"):
            pass

    def jobs(self) -> Iterator[Job]:
        """The jobs that are remembered, latest first."""
        return self._pages(Job, "/api/jobs")

    def job(self, identity: str) -> Job:
        return self._one(Job, "GET", f"/api/jobs/{identity}")

    def cancel(self, identity: str) -> Job:
        """Call a job off; one that is over stays as it is."""
        return self._one(Job, "DELETE", f"/api/jobs/{identity}")

    def wait(self, job: Job, timeout_s: float = 600.0) -> Job:
        """The job once it is over; raises TimeoutError."""
        deadline = time.monotonic() + timeout_s
        while not (job := self.job(job.id)).over:
            if time.monotonic() > deadline:
                raise TimeoutError(f"“{job.name}”在 {timeout_s:g} 秒内没有收录完。")
            time.sleep(_POLL_S)
        return job

    def _one(self, kind: type[_ResultT], method: str, path: str, **request: Any) -> _ResultT:
        with self._sent(method, path, **request) as response:
            return kind.model_validate_json(response.read())

    def _pages(self, kind: type[_ResultT], path: str) -> Iterator[_ResultT]:
        link: str | None = f"{path}?limit={_PAGE}"
        while link:
            with self._sent("GET", link) as response:
                yield from TypeAdapter(list[kind]).validate_json(response.read())  # type: ignore[valid-type]
                link = response.links.get("next", {}).get("url")

    @contextmanager
    def _uploading(
        self, path: str | Path, data: bytes | None, headers: dict[str, str], collection: str
    ) -> Iterator[httpx.Response]:
        content = Path(path).read_bytes() if data is None else data
        name = Path(path).name if data is None else str(path)
        # The same for every attempt, so that a repeated one is not done twice.
        headers = {**headers, "Idempotency-Key": secrets.token_hex(16)}
        files = {"file": (name, content)}
        form = {"collection": collection} if collection else {}
        with self._sent(
            "POST", "/api/documents", files=files, data=form, headers=headers
        ) as response:
            yield response

    @contextmanager
    def _sent(self, method: str, path: str, **request: Any) -> Iterator[httpx.Response]:
        """A response that is no error, not yet read."""
        for attempt in range(self._retries + 1):
            message = self._http.build_request(method, path, **request)
            with _reachable(self._http):
                response = self._http.send(message, stream=True)
            try:
                if response.is_success:
                    yield response
                    return
                with _reachable(self._http):
                    response.read()
                problem = problem_of(response)
            finally:
                response.close()
            waits = problem.retry_after_s
            final = attempt == self._retries or not isinstance(problem, BusyError)
            if final or waits is None or waits > self._patience_s:
                raise problem
            time.sleep(waits)


@contextmanager
def _reachable(http: httpx.Client) -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        raise UnreachableError(
            f"会问 {http.base_url} 没有应答：{error or type(error).__name__}。"
            "请检查地址、服务是否在运行。"
        ) from error


def _question(
    question: str, history: Sequence[tuple[str, str]], narrowing: Narrowing
) -> dict[str, Any]:
    exchanges = [{"question": asked, "answer": said} for asked, said in history]
    return {"question": question, "filters": narrowing, "history": exchanges}
