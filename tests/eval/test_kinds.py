import pytest

from eval.kinds import kind_of


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("会议由谁主持？", "who"),
        ("哪位市长提出了这一要求？", "who"),
        ("会议在哪里召开？", "where"),
        ("工程位于哪个区？", "where"),
        ("會議是哪一年召開的？", "when"),
        ("什么时候完工？", "when"),
        ("在哪一世紀末期建立？", "when"),
        ("大部分的时间留在何处？", "where"),
        ("第七届会议的时间", "when"),
        ("投资额是多少？", "number"),
        ("共有几个项目？", "number"),
        ("会议议定了哪些事项？", "list"),
        ("为什么推迟到哪一天？", "why"),
        ("方案通过了吗？", "yes-no"),
        ("是否同意立项？", "yes-no"),
        ("该制度叫什么？", "what"),
    ],
)
def test_kinds(question: str, kind: str) -> None:
    assert kind_of(question) == kind
