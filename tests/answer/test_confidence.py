"""How likely an answer is right, from the model's verdict and doubt; how near passages are."""

from __future__ import annotations

from answer.confidence import closeness, confidence, doubt, nearness
from answer.evidence import select_evidence
from answer.snippet import select_snippets
from huiwen.types import Hit, Passage

QUESTION = "管网改造的总投资是多少？"
NEAR = "管网改造的总投资是2840万元。"
FAR = "会议强调要做好秋收工作。"


def near(text: str) -> tuple[float, ...]:
    passage = Passage("p", "d", "a.txt", "题", (), text, ())
    evidence = select_evidence(QUESTION, [Hit(passage, 1.0)])
    return nearness(QUESTION, evidence, select_snippets(QUESTION, evidence, 190))


def test_a_doubtful_answer_is_less_likely_right() -> None:
    assert confidence(2.0, near(NEAR), [-0.01, -0.02]) > confidence(2.0, near(NEAR), [-0.01, -2.0])


def test_an_answer_the_model_denies_is_less_likely_right() -> None:
    assert confidence(2.0, near(NEAR), [-0.1]) > confidence(-2.0, near(NEAR), [-0.1])


def test_an_answer_from_afar_is_less_likely_right() -> None:
    assert confidence(2.0, near(NEAR), [-0.1]) > confidence(2.0, near(FAR), [-0.1])


def test_passages_from_afar_are_less_likely_to_answer() -> None:
    assert closeness(near(NEAR)) > closeness(near(FAR))


def test_the_doubt_of_a_long_answer_is_not_one_word() -> None:
    assert doubt([-1.0] + [0.0] * 9) == -0.5
    assert doubt([-1.0]) == -1.0
