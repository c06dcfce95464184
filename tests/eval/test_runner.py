from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.gold import GoldQuestion, load_gold
from eval.matching import normalise
from eval.metrics import METRICS, scores
from eval.runner import RECORDED, run_suite
from huiwen.errors import GenerationError, InputError, StoreError
from huiwen.settings import Settings, load_settings
from huiwen.types import AnswerStatus, EvidenceFound
from tests.eval.fakes import Scripted, Ticks, answered, evidence, refused, statement

GOLD = GoldQuestion("q1", "问", "number", (("36微克",), ("7.7%",)), ("浓度为36微克", "改善7.7%"))
SHOWN = evidence("无关的片段。", "全省平均浓度为36微克。", "同比改善7.7%。")
UNANSWERABLE = GoldQuestion("u1", "问", "unanswerable")


def ask(gold: GoldQuestion, events: list[object]) -> object:
    (row,) = run_suite([gold], Scripted({gold.question: events}), clock=Ticks()).rows
    return row


def test_a_right_answer_with_its_evidence() -> None:
    said = [statement("浓度为36微克", 2), statement("，改善7.7%。", 3, 1)]
    row = ask(GOLD, answered(SHOWN, *said))
    assert row.correct
    assert row.right
    assert row.ranks == (2, 3)
    assert [passage.quotes for passage in row.shown] == [(), (0,), (1,)]
    assert [[cited.supported for cited in claim.citations] for claim in row.claims] == [
        [True],
        [True, False],
    ]
    assert row.text == "浓度为36微克[2]，改善7.7%。[3][1]"


def test_events_are_timed_at_their_arrival() -> None:
    row = ask(GOLD, answered(SHOWN, statement("36微克", 2)))
    # The clock moves a second per reading: start, evidence, two deltas, answer.
    assert (row.evidence_s, row.first_token_s, row.total_s) == (1.0, 2.0, 4.0)
    row = ask(GOLD, refused(SHOWN))
    assert (row.evidence_s, row.first_token_s, row.total_s) == (1.0, None, 2.0)


def test_a_refusal_is_never_correct_even_if_its_reason_says_the_answer() -> None:
    row = ask(GOLD, refused(SHOWN, "没有找到36微克与7.7%的出处。"))
    assert not row.correct
    assert not row.right
    assert row.refused


def test_an_unanswerable_question_is_right_only_if_refused() -> None:
    assert ask(UNANSWERABLE, refused()).right
    row = ask(UNANSWERABLE, answered(SHOWN, statement("8", 1)))
    assert not row.right
    assert not row.correct


def test_a_list_of_passages_counts_by_what_it_says() -> None:
    said = statement("36微克，改善7.7%", 2)
    row = ask(GOLD, answered(SHOWN, said, status=AnswerStatus.EXTRACTIVE))
    assert row.correct
    assert row.status is AnswerStatus.EXTRACTIVE


def test_a_citation_of_nothing_shown_is_not_supported() -> None:
    row = ask(GOLD, answered(SHOWN, statement("浓度为36微克", 9)))
    assert [cited.supported for cited in row.claims[0].citations] == [False]


def test_a_failed_generation_costs_its_question_only() -> None:
    gold = [GOLD, GoldQuestion("u1", "另一问", "unanswerable")]
    script = {"问": [EvidenceFound(SHOWN), GenerationError("太慢")], "另一问": refused()}
    failed, fine = run_suite(gold, Scripted(script), clock=Ticks()).rows
    assert (failed.status, failed.error, failed.correct) == (None, "太慢", False)
    assert (failed.ranks, failed.evidence_s, failed.total_s) == ((2, 3), 1.0, None)
    assert fine.right


def test_a_stream_without_an_answer_is_an_error() -> None:
    row = ask(UNANSWERABLE, [EvidenceFound(SHOWN)])
    assert row.error
    assert not row.right


def test_a_broken_setup_ends_the_run() -> None:
    with pytest.raises(StoreError, match="损坏"):
        ask(GOLD, [StoreError("索引损坏")])


def test_no_questions_is_an_input_error() -> None:
    with pytest.raises(InputError, match="没有题目"):
        run_suite([], Scripted({}))


def test_progress_goes_from_none_to_all() -> None:
    calls: list[tuple[int, int]] = []
    run_suite(
        [GOLD, UNANSWERABLE],
        Scripted({"问": refused()}),
        lambda done, total: calls.append((done, total)),
    )
    assert calls == [(0, 2), (1, 2), (2, 2)]


def test_the_run_tells_its_conditions_and_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"id": "q", "question": "问", "answers": []}\n', encoding="utf-8")
    settings = Settings(openai_api_key="sk-secret", evidence=7)
    run = run_suite(load_gold(path), Scripted({"问": refused()}), settings=settings, gold_path=path)
    assert run.settings["evidence"] == 7
    assert "sk-secret" not in repr(run)
    assert run.models == {"llm": "fake", "embedder": settings.embedder}
    assert run.gold_path == str(path)
    # By sha256sum of the line written above.
    assert run.gold_sha256 == "9964449cb63dbd9dc14e43de7da42954931c7496d26ddfc0eee9b3e673b71d30"
    assert run.machine.cores >= 1
    assert run.machine.memory > 0


def test_recorded_settings_exist() -> None:
    assert set(Settings.model_fields) >= RECORDED


# Those of short answers do not apply; the scripted answers are not made of their evidence.
APART = {"em", "f1", "em_short", "f1_short", "alce_recall", "alce_precision"}
ALPHABET = "会议环境浓度优良天数个年月日一三十百万0123456789.%,，。 PMμ³"
TEXTS = st.text(ALPHABET, min_size=1, max_size=12).filter(normalise)
QUESTIONS = st.lists(
    st.builds(
        lambda answers, quotes: (tuple(answers), tuple(quotes)),
        st.lists(st.lists(TEXTS, min_size=1, max_size=2).map(tuple), min_size=1, max_size=3),
        # Apart from each other, so that every quote has a passage of its own.
        st.integers(1, 3).map(lambda count: [chr(0x4E00 + 97 * i) * 12 for i in range(count)]),
    ),
    min_size=1,
    max_size=4,
).map(
    lambda rows: (
        [
            GoldQuestion(f"q{index}", f"问{index}", "fact", answers, quotes)
            for index, (answers, quotes) in enumerate(rows)
        ]
        + [GoldQuestion("u", "不可答", "unanswerable")]
    )
)


def perfect(gold: list[GoldQuestion]) -> Scripted:
    script = {}
    for question in gold:
        shown = evidence(*(quote for quote in question.quotes))
        said = [statement(f"答：{group[-1]}。", 1) for group in question.answers]
        script[question.question] = answered(shown, *said) if said else refused(shown)
    return Scripted(script)


@given(QUESTIONS)
def test_a_perfect_answerer_gets_everything(gold: list[GoldQuestion]) -> None:
    found = scores(run_suite(gold, perfect(gold)).rows)
    quotes = [len(question.quotes) for question in gold if question.answerable]
    recall_at_1 = sum(1 / count for count in quotes) / len(quotes)
    wanted = dict.fromkeys(METRICS, 1.0) | {"over_refusal": 0.0, "recall@1": recall_at_1}
    got = {name: score.value for name, score in found.items() if name not in APART}
    assert got == pytest.approx({name: wanted[name] for name in got})


@given(QUESTIONS)
def test_a_silent_refuser_gets_nothing_but_refusals(gold: list[GoldQuestion]) -> None:
    script = {question.question: refused() for question in gold}
    found = scores(run_suite(gold, Scripted(script)).rows)
    assert found["accuracy"].value == 0
    assert found["refusal"].value == 1
    assert found["over_refusal"].value == 1
    assert found["recall@10"].value == 0
    assert found["citation_precision"].value is None


def test_the_shared_gold_can_be_answered_perfectly() -> None:
    path = load_settings().data / "gold" / "seed_dev.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path}")
    gold = list(load_gold(path))
    found = scores(run_suite(gold, perfect(gold)).rows)
    apart = APART | {"over_refusal"}
    assert {score.value for name, score in found.items() if name not in apart} == {1.0}
