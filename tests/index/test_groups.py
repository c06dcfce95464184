"""What somebody may not see does not exist: in search, in lists, by its number, in any engine."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from huiwen.errors import ForbiddenError, NotFoundError
from huiwen.settings import Settings
from huiwen.types import Filters, Groups
from index.backup import back_up, restore
from index.database import Database
from index.jobs import Jobs, JobState
from index.library import Library
from index.local_engine import LocalEngine
from index.sharing import Sharing
from index.tables import TABLES
from tests.fakes import HashEmbedder
from tests.index.test_jobs import finished

OFFICE, FINANCE = frozenset({"办公室"}), frozenset({"财务", "审计"})
OPEN = "河口市会议\n\n2023年，河口市完成管网改造120公里，总投资3.5亿元。\n"
SECRET = (
    "人事会议纪要\n\n组织部（以下简称柳部）研究管网公司人事。\n\n"
    "周立新指出：管网改造总指挥拟由方启航担任，投资另议。\n"
)
QUESTIONS = (
    "管网改造总指挥由谁担任",
    "方启航",
    "周立新指出了什么",
    "《人事会议纪要》说了什么",
    "柳部",
)
# Done to a library after every change.
Settle = Callable[[Library], None]


def found(library: Library, question: str, groups: Groups, **filters: str) -> str:
    hits = library.search(question, 50, Filters(groups=groups, **filters))
    return "\n".join(f"{hit.passage.context} {hit.passage.text}" for hit in hits)


def assert_hidden(library: Library, identity: str, groups: Groups) -> None:
    """Nothing tells somebody in ``groups`` that there is such a document."""
    for question in QUESTIONS:
        assert "方启航" not in found(library, question, groups)
        assert "人事" not in found(library, question, groups, document_id=identity)
        assert "方启航" not in found(library, question, groups, speaker="周立新")
    assert identity not in {info.id for info in library.documents(groups)}
    passages = [p for _, p in library._catalog.texts() if p.document_id == identity]
    assert passages
    for ask in (
        lambda: library.info(identity, groups),
        lambda: library.document(identity, groups),
        lambda: library.page_image(identity, 1, (), groups),
        lambda: library.delete(identity, groups),
        lambda: library.passage(passages[0].id, groups),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert library.info(identity).id == identity


def assert_shown(library: Library, identity: str, groups: Groups) -> None:
    for question in QUESTIONS[:3]:
        assert "方启航" in found(library, question, groups)
    assert identity in {info.id for info in library.documents(groups)}
    assert library.document(identity, groups).id == library.info(identity, groups).id == identity


def as_it_is(_: Library) -> None:
    """Leave the engine as its changes made it."""


class GroupsContract:
    """Inherited by a class per place that gives ``chosen``, the settings."""

    @pytest.fixture
    def settle(self) -> Settle:
        return as_it_is

    @pytest.fixture
    def library(self, chosen: Settings) -> Iterator[Library]:
        with Library(chosen, HashEmbedder()) as made:
            yield made

    @pytest.fixture
    def secret(self, library: Library, settle: Settle) -> str:
        library.add("upload/公开.txt", OPEN.encode())
        identity = library.add("upload/人事.txt", SECRET.encode(), sharing=Sharing(OFFICE)).info.id
        settle(library)
        return identity

    def test_from_the_first_moment(self, library: Library, secret: str) -> None:
        assert library.info(secret).groups == ("办公室",)
        for groups in (frozenset(), FINANCE):
            assert_hidden(library, secret, groups)
            assert "120公里" in found(library, "管网改造多少公里", groups)
        for seeing in (OFFICE, OFFICE | FINANCE, None):
            assert_shown(library, secret, seeing)

    def test_right_after_a_change_of_groups(
        self, library: Library, secret: str, settle: Settle
    ) -> None:
        assert library.set_groups(secret, FINANCE).groups == ("审计", "财务")
        assert_hidden(library, secret, OFFICE)
        assert_shown(library, secret, frozenset({"审计"}))
        settle(library)
        assert library.set_groups(secret, frozenset()).groups == ()
        assert_shown(library, secret, frozenset())
        settle(library)
        library.set_groups(secret, OFFICE)
        assert_hidden(library, secret, frozenset())

    def test_a_new_version_stays_hidden(
        self, library: Library, secret: str, settle: Settle
    ) -> None:
        text = SECRET.replace("投资另议", "投资照旧")
        library.add("upload/人事.txt", text.encode())
        assert_hidden(library, secret, FINANCE)
        settle(library)
        assert_hidden(library, secret, FINANCE)
        assert "照旧" in found(library, "投资", OFFICE)
        library.add("upload/人事.txt", text.encode(), sharing=Sharing(FINANCE))
        assert_hidden(library, secret, OFFICE)
        assert_shown(library, secret, FINANCE)

    def test_what_is_deleted_leaves_no_groups_behind(self, library: Library, secret: str) -> None:
        library.delete(secret, OFFICE)
        again = library.add("upload/人事.txt", SECRET.encode()).info
        assert (again.id, again.groups) == (secret, ())

    def test_the_order_of_hits_tells_of_nothing_hidden(
        self, library: Library, secret: str, settle: Settle
    ) -> None:
        for at in range(6):
            library.add(f"upload/{at}.txt", f"会议{at}\n\n柳部与组织部谈投资{at}亿元。\n".encode())
        settle(library)
        with_it = [found(library, question, FINANCE) for question in QUESTIONS]
        library.delete(secret)
        settle(library)
        assert [found(library, question, FINANCE) for question in QUESTIONS] == with_it

    def test_another_process_hears_of_it_at_once(
        self, library: Library, chosen: Settings, secret: str
    ) -> None:
        if chosen.milvus_uri.endswith(".db"):
            pytest.skip("Milvus Lite is of one process")
        with Library(chosen, HashEmbedder()) as other:
            assert_shown(other, secret, OFFICE)
            library.set_groups(secret, FINANCE)
            assert_hidden(other, secret, OFFICE)
            other.set_groups(secret, OFFICE)
            assert_hidden(library, secret, FINANCE)

    def test_any_history(self, library: Library, settle: Settle) -> None:
        rng = random.Random(5)
        names = ["甲", "乙", "丙"]
        there: dict[str, tuple[str, frozenset[str]]] = {}
        for step in range(40):
            at = rng.randrange(6)
            groups = frozenset(name for name in names if rng.random() < 0.3)
            known = next((i for i, (text, _) in there.items() if f"第{at}号" in text), None)
            match rng.randrange(4) if known else 0:
                case 0 | 1:
                    text = f"会议\n\n第{at}号决定：管网改造{step}公里。\n"
                    info = library.add(f"{at}.txt", text.encode(), sharing=Sharing(groups)).info
                    there[info.id] = text, groups
                case 2:
                    library.set_groups(str(known), groups)
                    there[str(known)] = there[str(known)][0], groups
                case 3:
                    library.delete(str(known))
                    del there[str(known)]
            if rng.random() < 0.3:
                settle(library)
            mine = frozenset(name for name in names if rng.random() < 0.4)
            visible = {i for i, (_, theirs) in there.items() if not theirs or theirs & mine}
            assert {info.id for info in library.documents(mine)} == visible
            hits = library.search("管网改造多少公里", 50, Filters(groups=mine))
            assert {hit.passage.document_id for hit in hits} == visible


class TestInMemory(GroupsContract):
    """The local engine, all of it in its delta."""

    @pytest.fixture
    def chosen(self, settings: Settings) -> Settings:
        return settings


class TestOnDisk(TestInMemory):
    """The local engine, written to disk whenever it settles."""

    @pytest.fixture
    def settle(self) -> Settle:
        def compact(library: Library) -> None:
            assert isinstance(library._engine, LocalEngine)
            library._engine.compact(library._changes)

        return compact


class TestMilvus(GroupsContract):
    @pytest.fixture
    def chosen(self, settings: Settings) -> Iterator[Settings]:
        pytest.importorskip("milvus_lite", reason="pip install 'huiwen[milvus]'")
        from milvus_lite.server_manager import server_manager_instance

        path = str(settings.store / "milvus.db")
        settings.store.mkdir(parents=True)
        yield settings.model_copy(update={"engine": "milvus", "milvus_uri": path})
        server_manager_instance.release_server(path)


class TestPostgres(GroupsContract):
    @pytest.fixture
    def chosen(self, settings: Settings, postgres: str) -> Settings:
        emptied = Database(postgres)
        with emptied.write() as db:
            TABLES.drop_all(db)
        emptied.close()
        return settings.model_copy(update={"catalog_url": postgres})


@pytest.mark.parametrize(
    ("sharing", "present", "settled"),
    [
        (Sharing(), None, set()),
        (Sharing(), OFFICE, OFFICE),
        (Sharing(FINANCE), OFFICE, FINANCE),
        (Sharing(frozenset()), OFFICE, set()),
        (Sharing(None, OFFICE), None, set()),
        (Sharing(None, OFFICE, OFFICE), None, OFFICE),
        (Sharing(None, OFFICE, OFFICE), frozenset(), set()),
        (Sharing(frozenset(), OFFICE, OFFICE), None, set()),
        (Sharing(None, OFFICE), OFFICE, OFFICE),
        (Sharing(OFFICE, OFFICE), None, OFFICE),
        (Sharing(OFFICE, OFFICE), OFFICE, OFFICE),
        (Sharing(None, FINANCE), frozenset(), set()),
        (Sharing(None, FINANCE), OFFICE, "别的组"),
        (Sharing(None, frozenset()), OFFICE, "别的组"),
        (Sharing(frozenset(), OFFICE), OFFICE, "管理员"),
        (Sharing(OFFICE, OFFICE), frozenset(), "管理员"),
        (Sharing(FINANCE, OFFICE), None, "审计、财务"),
    ],
)
def test_who_decides_for_whom_a_file_is(
    sharing: Sharing, present: Groups, settled: set[str] | str
) -> None:
    if isinstance(settled, str):
        with pytest.raises(ForbiddenError, match=settled):
            sharing.settled(present)
    else:
        assert sharing.settled(present) == settled
    assert Sharing.from_json(sharing.to_json()) == sharing


def test_a_file_of_another_group_is_not_replaced(settings: Settings) -> None:
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        identity = library.add("a.txt", SECRET.encode(), sharing=Sharing(OFFICE)).info.id
        for data in (OPEN.encode(), SECRET.encode()):
            with pytest.raises(ForbiddenError, match="别的组"):
                library.add("a.txt", data, sharing=Sharing(None, FINANCE))
        job = finished(jobs, jobs.submit("a.txt", OPEN.encode(), "x", Sharing(None, FINANCE)).id)
        assert job.state is JobState.FAILED
        assert "别的组" in job.problem
        assert "方启航" in library.document(identity).text


def test_jobs_are_their_owners(settings: Settings) -> None:
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        mine = jobs.submit("a.txt", OPEN.encode(), "张三", Sharing(OFFICE, OFFICE)).id
        finished(jobs, mine)
        assert library.documents()[0].groups == ("办公室",)
        assert [job.id for job in jobs.all(owner="张三")] == [mine]
        assert jobs.all(owner="李四") == []
        assert [job.id for job in jobs.all()] == [mine]
        for ask in (jobs.get, jobs.cancel):
            assert ask(mine, "张三").id == mine
            with pytest.raises(NotFoundError):
                ask(mine, "李四")


def test_other_users_of_the_machine_read_nothing(settings: Settings) -> None:
    with Library(settings, HashEmbedder()) as library:
        library.add("a.txt", SECRET.encode())
        assert settings.store.stat().st_mode & 0o777 == 0o700
        for path in settings.store.glob("catalog.sqlite*"):
            assert path.stat().st_mode & 0o777 == 0o600


def test_a_backup_keeps_who_may_see(settings: Settings, tmp_path: Path) -> None:
    with Library(settings, HashEmbedder()) as library:
        identity = library.add("a.txt", SECRET.encode(), sharing=Sharing(OFFICE)).info.id
    made = back_up(settings, tmp_path / "backup")
    with Library(settings, HashEmbedder()) as library:
        library.set_groups(identity, frozenset())
    restore(settings, made.folder, force=True)
    with Library(settings, HashEmbedder()) as library:
        assert_hidden(library, identity, FINANCE)
