"""Who said it, in which office, when, where; and what is not told is left empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiwen.errors import ClassifiedError
from huiwen.settings import Settings
from huiwen.types import Document, Metadata
from index.library import Library
from ingest.chunk import chunk
from ingest.facts import classified
from ingest.parse import parse
from tests.conftest import ROOT
from tests.fakes import HashEmbedder

SAMPLES = ROOT / "samples"


def read(text: str, name: str = "会议.txt") -> Document:
    return parse(name, text.encode())


def said(document: Document) -> list[tuple[str, str, str]]:
    return [(p.speaker, p.office, p.text[:6]) for p in document.paragraphs if p.speaker]


@pytest.mark.parametrize(
    ("paragraph", "speaker", "office"),
    [
        ("会上，云州市水利局党组书记、局长沈砚青在交流时介绍，全市已建成水库九座。", "沈砚青",
         "云州市水利局党组书记、局长"),
        ("“差距就是潜力。”云州市副市长欧阳澈在发言时说，要再上台阶。", "欧阳澈", "云州市副市长"),
        ("省厅一级巡视员叶知秋作会议总结时强调，各地要抓好落实。", "叶知秋", "省厅一级巡视员"),
        ("沈砚青同志（市水利局局长）：资金缺口还有两千万元。", "沈砚青", "市水利局局长"),
        ("市政务中心主任令狐雨同志汇报：窗口已经整合。", "令狐雨", "市政务中心主任"),
        ("市登记中心南宫絮同志补充：资料每天更新一次。", "南宫絮", "市登记中心"),
        ("会议指出，全市水利工作取得新进展，局长们都很辛苦。", "", ""),
        ("会议由市教育局副局长计春潮主持，各县区分管负责人参加。", "", ""),
        ("时间：3月18日上午，地点：三楼会议室，参加人员另行通知。", "", ""),
        ("安全：各单位要说清楚责任，不得推诿，局长要亲自抓。", "", ""),
        ("县长祝南星主持会议并讲话。", "", ""),
    ],
)  # fmt: skip
def test_a_speaker_is_taken_only_where_someone_surely_speaks(
    paragraph: str, speaker: str, office: str
) -> None:
    body = read(f"云州市召开水利会议\n\n{paragraph}\n").paragraphs[-1]
    assert (body.speaker, body.office) == (speaker, office)


def test_a_short_mention_takes_its_office_from_the_full_one() -> None:
    document = read(
        "云州市召开会议\n\n云州市市长沈砚青在会上指出，今年任务很重。\n\n"
        "大家进行了热烈讨论，一致认为报告切合实际。\n\n沈砚青强调，要守住底线。\n"
    )
    assert said(document) == [
        ("沈砚青", "云州市市长", "云州市市长沈"),
        ("沈砚青", "云州市市长", "沈砚青强调，"),
    ]


def test_a_speech_goes_on_in_what_tells_people_what_to_do_and_no_further() -> None:
    document = read(
        "云州市召开会议\n\n云州市市长沈砚青在会上强调，今年任务很重。\n\n"
        "要抓好春灌，三月底前完成渠道清淤。\n\n据统计，全市共有渠道三百公里。\n\n要管好资金。\n"
    )
    assert [words for *_, words in said(document)] == ["云州市市长沈", "要抓好春灌，"]


def test_a_section_belongs_to_whom_its_heading_names() -> None:
    document = read(
        "云州市季度例会\n\n一、东岭区区长燕南归发言\n\n我区去年事故六起。\n\n今年计划减少两起。\n\n"
        "二、议定事项\n\n会议决定增加经费。\n"
    )
    assert {(s, o) for s, o, _ in said(document)} == {("燕南归", "东岭区区长")}
    assert len(said(document)) == 2


# Hand-checked: every paragraph of these samples in which somebody speaks, by its beginning.
TRUTH = {
    "documents/全省文旅融合发展大会侧记.txt": {
        "霁川市委副书": "欧阳映雪", "“一部手机游": "闻人知秋", "省交通运输厅": "游若水",
        "省文化和旅游": "闻人知秋",
    },
    "extended/documents/全省文旅融合发展大会侧记.txt": {
        "沧屿省文化和": "褚砚秋", "“过去我们守": "令狐予", "青筑市副市长": "晏北辰",
        "褚砚秋强调，": "褚砚秋", "褚砚秋强调,": "褚砚秋",
    },
    "documents/数字政务专题会议记录.md": {
        "县数据局局长": "古今明", "杜若衡同志（": "杜若衡", "章念慈同志（": "章念慈",
        "单于飞同志（": "单于飞", "苏见微同志（": "苏见微",
        "简文博同志指": "简文博",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", TRUTH)
def test_speakers_of_the_samples(name: str) -> None:
    path = SAMPLES / name
    found = said(parse(path.name, path.read_bytes()))
    right = [speaker for speaker, _, words in found if TRUTH[name].get(words) == speaker]
    assert len(right) >= 0.95 * len(found)
    assert len(set(right)) == len(set(TRUTH[name].values()))


def test_the_real_document(seed: Path) -> None:
    document = parse(seed.name, seed.read_bytes())
    offices = {p.speaker: p.office for p in document.paragraphs if p.speaker}
    assert set(offices) == {
        "侯翠荣", "葛为砚", "肖红", "戴先锋", "毕建康", "陈云龙", "孙吉海", "席恩国",
    }  # fmt: skip
    assert offices["毕建康"] == "威海市生态环境局党组书记、局长"
    assert offices["葛为砚"].endswith("一级巡视员")
    assert document.metadata.date == "2023-02-26"
    assert document.metadata.meeting == "全省生态环境保护暨全面从严治党工作会议"


MINUTES = (
    "机密★1年\n\n云州市人民政府办公室文件\n\n云政办发〔2024〕12号\n\n"
    "云州市防汛工作会议纪要\n\n时间：3月18日上午\n地点：市政府第二会议室\n\n"
    "3月18日，市长沈砚青主持召开防汛工作会议，研究部署今年任务。\n\n会议议定，增加经费。\n\n"
    "云州市人民政府办公室\n\n2024年3月20日\n"
)


def test_the_facts_of_minutes() -> None:
    assert read(MINUTES).metadata == Metadata(
        meeting="防汛工作会议",
        date="2024-03-18",
        issuer="云州市人民政府办公室",
        number="云政办发〔2024〕12号",
        secrecy="机密★1年",
        place="市政府第二会议室",
    )


@pytest.mark.parametrize(
    ("text", "date"),
    [
        (
            "某市召开会议\n\n2月26日，全市会议召开，总结2022年工作，安排部署2023年任务。",
            "2023-02-26",
        ),
        ("某市召开会议\n\n二〇二四年三月十八日，全市会议在三楼召开。", "2024-03-18"),
        ("某市2025年工作会议\n\n3月5日至6日，会议在市委党校举行。", "2025-03-05"),
        ("某市会议纪要\n\n5月6日，会议召开，听取了汇报。\n\n2024年5月9日", "2024-05-06"),
        ("某市召开会议\n\n2月26日，全市会议召开，大家发了言。", ""),
        ("某市召开会议\n\n2月30日，2024年会议召开。", ""),
    ],
)
def test_dates_get_their_year_from_evidence_only(text: str, date: str) -> None:
    assert read(text + "\n").metadata.date == date


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("绝密", True), ("秘密★3年", True), ("密级：机密", True), ("内部", False),
        ("关于做好商业秘密保护的通知", False), ("全市保密工作会议讨论了秘密载体管理。", False),
    ],
)  # fmt: skip
def test_only_a_mark_makes_a_file_classified(head: str, expected: bool) -> None:
    document = read(f"{head}\n\n云州市会议纪要\n\n会议研究了工作，形成了意见。\n")
    assert classified(document.metadata) is expected


def test_classified_files_are_refused_unless_allowed(settings: Settings) -> None:
    with Library(settings, HashEmbedder()) as library:
        with pytest.raises(ClassifiedError, match=r"密件\.txt.*机密"):
            library.add("密件.txt", MINUTES.encode())
        assert not library.documents()
    allowed = settings.model_copy(update={"accept_classified": True})
    with Library(allowed, HashEmbedder()) as library:
        assert library.add("密件.txt", MINUTES.encode()).info.metadata.secrecy == "机密★1年"


def test_passages_say_who_and_when() -> None:
    document = read(
        "云州市2024年水利会议\n\n3月18日，全市会议召开。\n\n"
        "云州市水利局局长沈砚青在会上介绍，全市已建成水库九座。\n"
    )
    passage = next(p for p in chunk(document, 320) if "水库" in p.text)
    assert (passage.speaker, passage.date) == ("沈砚青", "2024-03-18")
    assert "云州市水利局局长沈砚青" in passage.context
