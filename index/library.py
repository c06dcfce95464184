"""A library: documents go in, hits come out, what is deleted is gone."""

from __future__ import annotations

import hashlib
import logging
import threading
from array import array
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from types import TracebackType

import numpy as np

from huiwen.errors import ClassifiedError, FileTooLargeError, NotFoundError, StoreError
from huiwen.settings import Settings
from huiwen.types import Box, Document, DocumentInfo, Filters, Groups, Hit, Passage
from index.catalog import Catalog, require_embedder
from index.database import sqlite_url
from index.embedder import Embedder, Progress, Vectors
from index.engine import Changes
from index.engines import open_engine
from index.likeness import Likeness
from index.originals import Originals
from index.query import Known, understand
from index.rerank import fitted_with, load_reranker
from index.rows import embedded, to_store
from index.search import Search
from index.sharing import Sharing
from ingest.chunk import chunk
from ingest.facts import classified
from ingest.parse import document_id
from ingest.sandbox import Check, Sandbox

log = logging.getLogger(__name__)
# To be raised whenever the same file would be parsed or cut differently.
PARSER_VERSION = 5
# Sets of groups whose names, and whose passages' numbers (8 bytes each), are kept in memory.
_KNOWN, _SHOWN = 64, 16


class Change(StrEnum):
    """What adding a file did."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of adding one file."""

    change: Change
    info: DocumentInfo


class Library:
    """Documents, their passages and search over them. Safe for threads.

    The catalogue is the truth. The search engine follows it, also when
    another process has written meanwhile.
    """

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        self._settings = settings
        self._embedder = embedder
        self.likeness = Likeness(embedder)
        self._catalog = Catalog(
            settings.catalog_url or sqlite_url(settings.store / "catalog.sqlite")
        )
        self._changes: Changes = partial(self._catalog.changes, dimension=embedder.dimension)
        self._originals = Originals(settings.store / "originals")
        self._engine = open_engine(settings, self._catalog, embedder.dimension)
        self._search = Search(
            self._engine,
            self._catalog.passages,
            self._catalog.narrowed,
            load_reranker(settings),
            weighed=fitted_with(embedder.fingerprint),
        )
        self._known: dict[Groups, tuple[int, Known]] = {}
        self._shown: dict[Groups, tuple[int, array[int]]] = {}
        # Whether the engine has been up to date once: halfway there, it knows half the library.
        self._loaded = False
        # Held while the engine catches up; searches go ahead without it.
        self._following = threading.Lock()
        self._sandbox = Sandbox(settings)
        self._upkeep = ThreadPoolExecutor(1, thread_name_prefix="huiwen-upkeep")

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._sandbox.close()
        self._upkeep.shutdown(cancel_futures=True)
        self._engine.close()
        self._catalog.close()

    @property
    def embedder(self) -> Embedder:
        return self._embedder

    @property
    def generation(self) -> int:
        """Grows with every change of the library, in whichever process."""
        return self._catalog.generation

    def add(
        self,
        source: str,
        data: bytes,
        progress: Progress | None = None,
        check: Check | None = None,
        sharing: Sharing = Sharing(),  # noqa: B008 - frozen
    ) -> Outcome:
        """Add a file or replace its earlier version; unchanged files cost a hash.

        Acknowledged means on disk. ``check`` is called every so often and may
        raise to call it off; nothing is changed then. Raises InputError kinds
        for bad files, StoreError where the library was built by another
        embedder, ForbiddenError where ``sharing`` does not allow it.
        """
        limit = self._settings.max_upload_mb
        if len(data) > limit * 2**20:
            raise FileTooLargeError(
                f"文件“{source}”有 {len(data) / 2**20:.1f} MB，超过上限 {limit} MB；"
                "请拆分文件，或调大配置 max_upload_mb。"
            )
        self._require_same_embedder()
        identity = document_id(source)
        recipe = self._recipe(data)
        known = self._catalog.recipe(identity)
        present = self._catalog.groups(identity)
        settled = sharing.settled(present)
        if known == recipe:
            if settled != present:
                self.set_groups(identity, settled)
            return Outcome(Change.UNCHANGED, self.info(identity))
        document = self._sandbox.parse(source, data, check)
        if classified(document.metadata) and not self._settings.accept_classified:
            raise ClassifiedError(
                f"文件“{document.name}”标有密级“{document.metadata.secrecy}”，没有收录；涉密文件不得"
                "进入本系统。确认系统符合保密要求的，请管理员设置 accept_classified。"
            )
        passages = chunk(document, self._settings.passage_chars)
        document = replace(document, report=replace(document.report, passages=len(passages)))
        vectors = self._embed(identity, passages, _checked(progress, check))
        fingerprint = self._embedder.fingerprint
        self._catalog.put(document, to_store(passages, vectors), recipe, fingerprint, sharing)
        self._keep(identity, document.format, data)
        self._tell()
        change = Change.REPLACED if known else Change.ADDED
        return Outcome(change, self.info(identity))

    def require_sharing(self, source: str, sharing: Sharing) -> None:
        """Raises ForbiddenError where the file may not be taken in as ``sharing`` says."""
        sharing.settled(self._catalog.groups(document_id(source)))

    def set_groups(self, identity: str, groups: frozenset[str]) -> DocumentInfo:
        """Show a document to these groups alone, none to everybody; raises NotFoundError.

        Once this returns no search shows it to anybody else.
        """
        if not self._catalog.set_groups(identity, groups):
            raise _unknown(identity)
        return self.info(identity)

    def delete(self, identity: str, groups: Groups = None) -> None:
        """Remove a document from every answer; raises NotFoundError where there is none.

        Here as in all that follows, what somebody in ``groups`` may not see
        does not exist; None sees everything.
        """
        self.info(identity, groups)
        if self._catalog.delete(identity) is None:
            raise _unknown(identity)
        self._originals.drop(identity)
        self._tell()

    def search(self, query: str, k: int, filters: Filters = Filters()) -> list[Hit]:  # noqa: B008 - frozen
        """The best ``k`` passages for a question, best first, of those the filters let through.

        Dense and lexical candidates are fused by score, and the best of them
        put in order by the configured reranker; what the question names (a
        document, a speaker, a day) is promoted, nothing is left out for it.
        """
        self._require_same_embedder()
        if filters.groups is not None and not self._catalog.hides(filters.groups):
            # Nothing to be kept from them: spared the list of all that may be shown.
            filters = replace(filters, groups=None)
        understood = understand(query, self._names(filters.groups))
        vector = self._embedder.embed_query(understood.text)
        among = self._among(filters)
        self._follow(patient=False)
        count = max(self._settings.candidates, k)
        return self._search.hits(understood, vector, k, count, among)

    def _among(self, filters: Filters) -> Sequence[int] | None:
        """Numbers of the passages that the filters let through, None for all.

        What somebody may see at all is nearly everything, asked with each of
        his questions: kept until the library changes.
        """
        if not filters:
            return None
        if filters != Filters(groups=filters.groups):
            return self._catalog.narrowed(filters)
        generation = self._catalog.generation
        kept = self._shown.get(filters.groups)
        if kept is None or kept[0] != generation:
            kept = generation, array("q", self._catalog.narrowed(filters))
            if len(self._shown) >= _SHOWN:
                self._shown = {}
            self._shown[filters.groups] = kept
        return kept[1]

    def _names(self, groups: Groups = None) -> Known:
        """The names that questions may use, read anew when the library has changed.

        Those in documents that are not to be seen are unknown, so that no
        order of hits tells of them.
        """
        generation = self._catalog.generation
        known = self._known.get(groups)
        if known is None or known[0] != generation:
            catalog = self._catalog
            parts = (
                catalog.named(groups),
                catalog.distinct("speaker", groups),
                catalog.synonyms(groups),
            )
            known = generation, Known.of(*parts, catalog.distinct("office", groups))
            if len(self._known) >= _KNOWN:
                self._known = {}
            self._known[groups] = known
        return known[1]

    def documents(self, groups: Groups = None) -> list[DocumentInfo]:
        return self._catalog.documents(groups)

    def speakers(self, groups: Groups = None) -> list[str]:
        """Everybody who is named as a speaker, in order."""
        return sorted(self._catalog.distinct("speaker", groups))

    def info(self, identity: str, groups: Groups = None) -> DocumentInfo:
        """Raises NotFoundError."""
        info = self._catalog.info(identity, groups)
        if info is None:
            raise _unknown(identity)
        return info

    def document(self, identity: str, groups: Groups = None) -> Document:
        """Raises NotFoundError."""
        document = self._catalog.document(identity, groups)
        if document is None:
            raise _unknown(identity)
        return document

    def page_image(
        self, identity: str, page: int, boxes: Sequence[Box] = (), groups: Groups = None
    ) -> bytes:
        """Page ``page`` (from 1) as a PNG, the boxes on it outlined.

        Raises NotFoundError where the file is not of a format with pages or
        came in before files were kept, InputError for a page it has not.
        """
        info = self.info(identity, groups)
        data = self._originals.read(identity, info.sha256)
        if data is None:
            raise NotFoundError(f"没有保存文件“{info.name}”的页面；重新收录一次即可查看。")
        return self._sandbox.page_image(info.name, data, page, boxes)

    def passage(self, passage_id: str, groups: Groups = None) -> Passage:
        """Raises NotFoundError: a passage of a replaced version is gone."""
        passage = self._catalog.passage(passage_id, groups)
        if passage is None:
            raise NotFoundError("这段原文已不在资料库里，文件可能已被更新或删除；请重新提问。")
        return passage

    def mentions(self, text: str) -> bool:
        """Whether any document has ``text`` literally."""
        return self._catalog.contains(text)

    def reindex(self, progress: Progress | None = None) -> int:
        """Embed every passage anew with the present embedder; returns how many."""
        made: dict[int, Vectors] = {}
        done = False
        while not done:
            since = self._catalog.generation
            texts = dict(self._catalog.texts())
            fresh = [number for number in texts if number not in made]
            vectors = self._embedder.embed_passages(
                [embedded(texts[number]) for number in fresh], progress
            )
            made.update(zip(fresh, vectors, strict=True))
            # What another process adds meanwhile is taken along in another round.
            rows = np.array([made[number] for number in texts], dtype=np.float32)
            done = self._catalog.replace_vectors(
                list(texts), rows, self._embedder.fingerprint, since=since
            )
        self._follow()
        return len(texts)

    def _keep(self, identity: str, format_: str, data: bytes) -> None:
        try:
            self._originals.keep(identity, format_, data)
        except OSError as error:
            # The text is stored and answers; only its pages cannot be shown.
            log.warning("original of %s not kept: %s", identity, error)
        if self._catalog.recipe(identity) is None:  # deleted meanwhile: nothing of it stays
            self._originals.drop(identity)

    def _recipe(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        return f"{digest}/{self._settings.passage_chars}/{PARSER_VERSION}"

    def _embed(
        self, identity: str, passages: Sequence[Passage], progress: Progress | None
    ) -> Vectors:
        """Vectors of the passages; those that were there before are taken over."""
        known = self._catalog.known_vectors(identity, self._embedder.dimension)
        fresh = [at for at, passage in enumerate(passages) if passage.id not in known]
        out = np.empty((len(passages), self._embedder.dimension), dtype=np.float32)
        out[fresh] = self._embedder.embed_passages(
            [embedded(passages[at]) for at in fresh], progress
        )
        for at, passage in enumerate(passages):
            if passage.id in known:
                out[at] = known[passage.id]
        return out

    def _tell(self) -> None:
        """Have the engine follow what was written just now.

        That is on disk and acknowledged, so an engine that does not answer is
        no failure of it: the next search brings the engine up to date.
        """
        try:
            self._follow()
        except StoreError as error:
            log.warning("the engine has not heard of the last change: %s", error)

    def _follow(self, *, patient: bool = True) -> None:
        """Bring the engine to the catalogue's present generation, whoever wrote it.

        Without patience, not where another thread is at it already: a search
        does not wait for a write, only for the first loading.
        """
        if self._catalog.generation == self._engine.generation:
            return
        if not self._following.acquire(blocking=patient or not self._loaded):
            return
        try:
            for change in self._changes(self._engine.generation):
                self._engine.apply(change)
            self._loaded = True
        finally:
            self._following.release()
        with suppress(RuntimeError):  # closing
            self._upkeep.submit(self._engine.upkeep, self._changes)

    def _require_same_embedder(self) -> None:
        require_embedder(self._catalog.meta("embedder"), self._embedder.fingerprint)


def _unknown(identity: str) -> NotFoundError:
    return NotFoundError(f"资料库里没有编号为 {identity} 的文件；它可能已被删除。")


def _checked(progress: Progress | None, check: Check | None) -> Progress:
    """Progress that also asks whether to go on."""

    def report(done: int, total: int) -> None:
        if check:
            check()
        if progress:
            progress(done, total)

    return report
