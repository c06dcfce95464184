"""What is left of a draft: supported sentences with citations that hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.check import check_draft, is_refusal
from answer.evidence import select_evidence
from huiwen.types import Evidence, Hit, Passage

PIPES = "甲市完成管网改造120公里，总投资3.5亿元。改造惠及居民4.2万户。"
SCHOOLS = "乙市新建学校8所，新增学位9600个；招聘教师1,450名。"
SPEECH = "丙局长强调，要做好汛期值守工作，落实领导带班制度。"


def evidence(question: str, *texts: str) -> tuple[Evidence, ...]:
    hits = [
        Hit(Passage(f"p{n}", f"d{n}", f"{n}.txt", "会议", (), text, ()), 1 / n)
        for n, text in enumerate(texts, start=1)
    ]
    return select_evidence(question, hits)


def checked(question: str, draft: str) -> list[tuple[str, list[int], tuple[str, ...]]]:
    found = check_draft(question, draft, evidence(question, PIPES, SCHOOLS, SPEECH))
    return [(s.text, [c.number for c in s.citations], s.unsupported_numbers) for s in found]


def test_a_mark_of_the_model_is_kept_where_it_holds() -> None:
    assert checked("改造多少公里", "甲市完成管网改造120公里[1]。") == [
        ("甲市完成管网改造120公里。", [1], ())
    ]


@pytest.mark.parametrize("mark", ["[9]", "[0]", "【7】", "[2]", "［3］", "[99]"])
def test_an_invented_mark_is_dropped_and_the_right_passage_cited(mark: str) -> None:
    assert checked("改造多少公里", f"甲市完成管网改造120公里{mark}。") == [
        ("甲市完成管网改造120公里。", [1], ())
    ]


def test_marks_after_the_full_stop_belong_to_the_sentence_before() -> None:
    assert checked("？", "管网改造120公里。[1]新建学校8所。[2]") == [
        ("管网改造120公里。", [1], ()),
        ("新建学校8所。", [2], ()),
    ]


def test_a_bare_number_finds_its_passage() -> None:
    assert checked("新增学位多少个", "9600个") == [("9600个", [2], ())]


def test_numbers_from_two_passages_cite_both() -> None:
    assert checked("？", "甲市改造120公里，乙市新建学校8所。")[0][1] == [1, 2]


@pytest.mark.parametrize("draft", ["甲市完成管网改造130公里[1]。", "总投资35亿元。"])
def test_a_number_found_nowhere_drops_its_sentence(draft: str) -> None:
    assert checked("改造多少公里", draft) == []


def test_a_number_of_the_question_alone_is_flagged() -> None:
    assert checked("2024年改造多少公里", "2024年甲市完成管网改造120公里。") == [
        ("2024年甲市完成管网改造120公里。", [1], ("2024",))
    ]


def test_spelling_of_numbers_does_not_matter() -> None:
    assert checked("招聘多少人", "招聘教师1450名。")[0][2] == ()


def test_a_sentence_resting_on_nothing_is_dropped() -> None:
    assert checked("天气", "今天天气晴朗适合郊游。") == []


def test_an_echo_of_the_question_is_no_answer() -> None:
    assert checked("甲市管网改造的总投资是多少", "甲市管网改造的总投资是。") == []
    assert checked("甲市是否完成管网改造", "甲市完成管网改造。")


def test_a_sentence_about_something_else_is_no_answer() -> None:
    assert checked("教师工资多少", "丙局长强调，要做好汛期值守工作，落实领导带班制度。") == []


def test_a_refusal_is_no_statement() -> None:
    assert checked("电话", "资料中没有提到。") == []
    assert is_refusal("资料中未提及该电话")
    assert not is_refusal("会议要求落实责任。")


def test_links_images_and_html_never_pass() -> None:
    draft = (
        "甲市完成管网改造120公里![x](http://evil/?q=1)[看这里](http://evil)"
        "<img src=http://evil>[1]。"
    )
    ((text, numbers, _),) = checked("改造多少公里", draft)
    assert "evil" not in text
    assert "<" not in text
    assert numbers == [1]


def test_the_quote_is_the_clause_with_the_fact() -> None:
    items = evidence("招聘教师多少名", PIPES, SCHOOLS)
    (statement,) = check_draft("招聘教师多少名", "招聘教师1450名。", items)
    (citation,) = statement.citations
    passage = items[citation.number - 1].passage
    assert passage.text[citation.quote.start : citation.quote.end] == "招聘教师1,450名。"


@given(st.text(alphabet="甲市管网改造120公里[]【】123,，。！ <>()学校8所", max_size=120))
def test_whatever_the_model_says_citations_point_into_this_request(draft: str) -> None:
    items = evidence("改造", PIPES, SCHOOLS)
    for statement in check_draft("改造", draft, items):
        assert statement.citations
        for citation in statement.citations:
            item = items[citation.number - 1]
            assert citation.passage_id == item.passage.id
            assert 0 <= citation.quote.start < citation.quote.end <= len(item.passage.text)


def test_a_unit_that_was_changed_drops_its_sentence() -> None:
    assert checked("新增学位多少", "新增学位9600%。") == []
    assert checked("总投资多少", "总投资3.5万元。") == []


def test_a_person_nobody_named_drops_its_sentence() -> None:
    assert checked("谁强调值守", "王建国强调要做好汛期值守工作。") == []


def test_a_negation_turned_round_drops_its_sentence() -> None:
    rule = "施工期间不得占用应急车道，尚未完工的路段要设置围挡。"
    items = evidence("能占用应急车道吗", rule)
    assert check_draft("施工期间能做什么", "施工期间占用应急车道。", items) == []
    kept = check_draft("施工期间不得做什么", "施工期间不得占用应急车道。", items)
    assert [one.text for one in kept] == ["施工期间不得占用应急车道。"]


def test_a_bare_figure_gets_the_unit_it_has_in_the_passage() -> None:
    assert checked("总投资多少亿元", "3.5")[0][0] == "3.5亿元"
    assert checked("新增学位多少个", "9600。")[0][0] == "9600个。"
    assert checked("改造惠及多少居民", "4.2万户")[0][0] == "4.2万户"


def test_another_kind_of_thing_than_asked_for_is_no_answer() -> None:
    items = evidence("会议在哪家酒店召开", "5月8日，县水利局召开汛期值守会议。")
    assert check_draft("会议在哪家酒店召开？", "县水利局", items) == []
    assert check_draft("会议由哪家单位召开？", "县水利局", items)
    hotel = evidence("会议在哪家酒店召开", "会议在迎宾酒店召开。")
    assert check_draft("会议在哪家酒店召开？", "迎宾酒店", hotel)


def test_a_bare_day_gets_its_month() -> None:
    items = evidence("哪天闭幕", "大会于3月4日开幕，3月10日闭幕。")
    assert check_draft("大会哪天闭幕？", "10日", items)[0].text == "3月10日"


def test_the_figure_of_another_year_is_no_answer() -> None:
    items = evidence("加固水库多少座", "2023年全县除险加固水库47座，比上年多5座。")
    assert check_draft("2022年全县加固水库多少座？", "47座", items) == []
    assert check_draft("2023年全县加固水库多少座？", "47座", items)


def test_a_deputy_is_not_promoted() -> None:
    items = evidence("会议由谁主持", "5月8日，副市长顾清源主持会议，市长欧阳映雪出席。")
    for said in ("市长顾清源", "会议由市长顾清源主持。"):
        kept = check_draft("会议由谁主持？", said, items)
        assert [one.text for one in kept] == [said.replace("市长", "副市长")]
    assert check_draft("谁出席会议？", "市长欧阳映雪", items)[0].text == "市长欧阳映雪"


def test_a_title_of_a_book_that_no_passage_has_is_a_stranger() -> None:
    items = evidence("印发了什么文件", "会议印发了《海湾监测办法》，自3月起施行。")
    assert check_draft("会议印发了什么？", "《海湾监测办法》", items)
    assert check_draft("会议印发了什么？", "会议印发了《河道监测办法》。", items) == []


def test_a_year_that_is_compared_with_is_not_the_year_told_of() -> None:
    items = evidence(
        "入境游客多少", "2024年市场向好。全年接待入境游客42.7万人次，恢复到2019年同期的94.6%。"
    )
    assert check_draft("2024年接待入境游客多少？", "42.7万人次", items)
    assert check_draft("2019年接待入境游客多少？", "42.7万人次", items) == []


def test_which_of_several_towns_wants_no_figure() -> None:
    items = evidence("哪几个市获评优秀", "雁浦市、麓津市、岚汀市获评优秀等次。")
    assert check_draft("获评优秀的是哪几个市？", "雁浦市、麓津市、岚汀市", items)


def test_each_part_of_a_question_has_its_own_kind_of_answer() -> None:
    items = evidence("未签约户在哪", "未签约的65户全部集中在柳泊区苇湾街道。")
    kept = check_draft("未签约户集中在哪个街道？还剩多少户？", "柳泊区苇湾街道。65户。", items)
    assert [one.text for one in kept] == ["柳泊区苇湾街道。", "65户。"]


def test_a_month_without_its_year_is_of_the_documents_year() -> None:
    said = "截至5月底，霁渡县全程网办率为76.5%。"
    (item,) = evidence("网办率多少", said)
    dated = replace(item, hit=replace(item.hit, passage=replace(item.passage, date="2025-06-11")))
    assert check_draft("霁渡县2025年5月底的网办率是多少？", "76.5%", [dated])
    assert check_draft("霁渡县2024年5月底的网办率是多少？", "76.5%", [dated]) == []


def test_a_figure_of_the_year_compared_with_is_of_that_year() -> None:
    items = evidence("报名人数多少", "2023年高考报名人数1291万人，对比2022年的1193万人增长8.22%。")
    assert check_draft("2022年高考报名人数是多少？", "1193万人", items)


def test_a_year_before_another_word_is_the_passages_year() -> None:
    items = evidence("小组赛排名", "2022年女篮世界杯小组赛，中国队以第二名晋级。")
    kept = check_draft(
        "中国女篮在2022世界杯小组赛排名？", "中国女篮在2022世界杯小组赛排名第二名。", items
    )
    assert [one.unsupported_numbers for one in kept] == [()]


def test_a_currency_is_given_whole() -> None:
    items = evidence("进出口多少美元", "全年进出口6.05万亿美元，增长30%。")
    assert check_draft("进出口规模是多少美元？", "6.05", items)[0].text == "6.05万亿美元"


def test_a_day_gets_the_year_that_stands_before_it() -> None:
    items = evidence("何时施行", "条例自2022年9月1日起施行，8月20日前完成培训。")
    assert check_draft("条例何时施行？", "9月1日", items)[0].text == "2022年9月1日"
    assert check_draft("何时完成培训？", "8月20日前", items)[0].text == "8月20日前"


def test_the_year_told_last_before_a_figure_is_its_own() -> None:
    text = "2023年全市发生事故63起、死亡41人，2022年是74起、死亡52人。"
    items = evidence("事故死亡多少人", text)
    assert check_draft("2022年事故死亡多少人？", "41人", items) == []
    assert check_draft("2022年事故死亡多少人？", "52人", items)[0].text == "52人"
    assert check_draft("2023年事故死亡多少人？", "41人", items)[0].text == "41人"


def test_this_year_is_the_documents() -> None:
    text = "2022年管网漏损率为12.6%，今年上半年降到11.9%，去年同期为12.1%。"
    passage = Passage("p", "d", "a.txt", "纪要", (), text, (), date="2023-08-02")
    items = select_evidence("漏损率", [Hit(passage, 1.0)])
    assert check_draft("2023年上半年管网漏损率是多少？", "11.9%", items)
    assert check_draft("2022年管网漏损率是多少？", "12.6%", items)
    assert check_draft("2022年管网漏损率是多少？", "11.9%", items) == []


def test_the_same_months_of_last_year_are_that_years() -> None:
    text = "2023年上半年漏损率降到11.9%，去年同期为12.1%。"
    passage = Passage("p", "d", "a.txt", "纪要", ("2023年纪要",), text, (), date="2023-08-02")
    items = select_evidence("漏损率", [Hit(passage, 1.0)])
    assert check_draft("2022年上半年管网漏损率是多少？", "12.1%", items)
    assert check_draft("2023年上半年管网漏损率是多少？", "12.1%", items) == []
    assert check_draft("2022年上半年管网漏损率是多少？", "11.9%", items) == []


def test_only_the_figure_behind_the_same_months_is_of_their_year() -> None:
    text = "2023年上半年水费为3.2亿元，2022年同期为2.9亿元，其中居民水费2.1亿元。"
    items = evidence("水费多少", text)
    assert check_draft("2022年上半年水费是多少？", "2.9亿元", items)
    assert check_draft("2022年上半年居民水费是多少？", "2.1亿元", items) == []
    assert check_draft("2023年上半年居民水费是多少？", "2.1亿元", items)


def test_rare_names_of_simplified_papers_keep_their_spelling() -> None:
    items = evidence("谁主持", "副市长王昇主持会议，乾安项目有序推进，群众满意。")
    assert check_draft("会议由谁主持？", "王昇", items)[0].text == "王昇"
    assert check_draft("推进的项目叫什么？", "乾安项目", items)[0].text == "乾安项目"


def test_a_figure_is_of_the_measure_that_is_asked_about() -> None:
    items = evidence("浓度改善多少", "平均浓度为36微克，同比改善7.7%，近三年年均改善10.3%。")
    assert check_draft("浓度近三年平均每年改善多少？", "7.7%", items) == []
    assert check_draft("浓度近三年平均每年改善多少？", "10.3%", items)
    assert check_draft("浓度同比改善多少？", "7.7%", items)
    assert check_draft("平均浓度是多少？", "36微克", items)


def test_a_figure_of_another_thing_in_name_is_withdrawn() -> None:
    items = evidence("投资多少", "门诊楼年度计划投资2.4亿元，禾晏餐饮去年亏损118万元。")
    assert check_draft("门诊楼的总投资是多少？", "2.4亿元", items) == []
    assert check_draft("门诊楼今年计划投资多少？", "2.4亿元", items)
    assert check_draft("禾晏餐饮去年的营业收入是多少？", "118万元", items) == []
    assert check_draft("禾晏餐饮去年亏损多少？", "118万元", items)


def test_money_of_two_levels_is_not_one_levels() -> None:
    items = evidence("资金多少", "争取中央、省级生态环保资金3.95亿元，市级配套1亿元。")
    assert check_draft("争取的资金里中央资金占多少？", "3.95亿元", items) == []
    items = evidence("资金多少", "争取中央和省级生态环保资金3.95亿元，市级配套1亿元。")
    assert check_draft("争取的资金里中央资金占多少？", "3.95亿元", items) == []
    assert check_draft("争取中央和省级资金多少？", "3.95亿元", items)
    assert check_draft("市级配套多少资金？", "1亿元", items)
    assert check_draft("一共争取资金多少？", "3.95亿元", items)


def test_who_is_first_is_not_who_is_second() -> None:
    items = evidence("大练兵第几", "在执法大练兵中，雁浦省荣获全国第一……”亮点不少。")
    assert check_draft("执法大练兵第二名是哪个省？", "雁浦省", items) == []
    assert check_draft("执法大练兵第一名是哪个省？", "雁浦省", items)
    assert check_draft("执法大练兵，雁浦省拿了第几名？", "全国第一", items)


def test_which_two_wants_their_names() -> None:
    items = evidence("哪两个地方入选", "两地入选全国实践创新基地，分别是青禾县和望溪县。")
    assert (
        check_draft("入选实践创新基地的是哪两个地方？", "两个地方入选实践创新基地。", items) == []
    )
    assert check_draft("入选实践创新基地的是哪两个地方？", "青禾县和望溪县", items)


def test_a_title_alone_is_nobody() -> None:
    items = evidence("谁主持", "会议由副市长王昌龄主持，资金5亿元已到位。")
    assert check_draft("会议由谁主持？", "副市长", items) == []
    assert check_draft("会议由谁主持？", "副市长王昌龄", items)


def test_both_ends_of_a_span_of_years_are_told_of() -> None:
    items = evidence("投入多少", "2022年至2024年，累计投入5亿元。")
    assert check_draft("2022年以后投入了多少？", "5亿元", items)
    assert check_draft("2022年至2024年投入多少？", "5亿元", items)


def test_a_figure_of_the_whole_city_is_not_the_districts() -> None:
    items = evidence(
        "柳泊区二季度几起事故",
        "全市发生事故94起。分季度看，一季度27起，二季度24起。分县区看，柳泊区18起。",
    )
    assert check_draft("柳泊区二季度发生几起事故？", "24起", items) == []
    assert check_draft("柳泊区发生几起事故？", "18起", items)


def test_a_figure_told_before_the_district_is_not_its() -> None:
    items = evidence(
        "南塘开工几个",
        "全市改造小区126个，已开工118个。其中：白鹭区开工40个；南塘区开工24个。示范区另计。",
    )
    assert check_draft("南塘改造开工几个？", "118个", items) == []
    assert check_draft("南塘改造开工几个？", "24个", items)
    assert check_draft("示范改造开工几个？", "118个", items)


def test_who_may_be_somebody_of_no_list() -> None:
    items = evidence("谁补天", "女娲炼石补天。忽必烈让旭烈兀建立汗国。补助发给农户，总投资到位。")
    for said in ("女娲", "忽必烈", "农户"):
        assert check_draft("补天、建国、领补助的是谁？", said, items), said
    assert check_draft("补天的是谁？", "补助发给", items) == []
    assert is_refusal("資料中沒有提到。")


def test_names_that_the_question_has_are_no_name() -> None:
    items = evidence("新公司叫什么", "会议听取了文旅集团与湖山公司重组方案的汇报，暂不通过。")
    question = "文旅集团和湖山公司重组后叫什么名字？"
    assert check_draft(question, "重组后叫文旅集团与湖山公司。", items) == []


def test_a_long_answer_may_speak_of_what_stands_before_it() -> None:
    said = "一是留出化解债务风险的空间，需要三十八亿元；二是高基数，港区投产拉动了百分之一"
    items = evidence("目标为何定低", f"为什么把目标定低一点？{said}。")
    assert check_draft("报告里目标为何定低？", said, items)
    assert check_draft("图书馆藏书归谁管理？", said, items) == []


def test_a_document_cannot_tell_of_a_year_after_it() -> None:
    (item,) = evidence("几部电梯", "全市加装电梯140部。")
    dated = replace(item, hit=replace(item.hit, passage=replace(item.passage, date="2025-05-15")))
    assert check_draft("2026年加装几部电梯？", "140部", [dated]) == []
    assert check_draft("2025年加装几部电梯？", "140部", [dated])


def test_a_sentence_that_says_the_question_back_is_no_answer() -> None:
    items = evidence("交流发言", "桑柔在推进会上作了交流发言。")
    assert (
        check_draft("桑柔在推进会上作了什么交流发言？", "桑柔在推进会上作了交流发言。", items) == []
    )


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("争取的资金里中央资金占多少？", "3.95"),
        ("2021年争取资金多少亿元？", "3.95"),
    ],
)
def test_a_bare_figure_escapes_no_rule(question: str, draft: str) -> None:
    items = evidence(question, "2022年争取中央、省级资金3.95亿元。")
    assert check_draft(question, draft, items) == []


def test_the_second_period_is_not_the_first() -> None:
    items = evidence("履约比例", "第一个履约周期配额履约比例99.82%，第三批示范县8个。")
    assert check_draft("第二个履约周期的履约比例是多少？", "99.82%", items) == []
    assert check_draft("第一个履约周期的履约比例是多少？", "99.82%", items)
    assert check_draft("履约比例是多少？", "99.82%", items)


def test_a_figure_counts_what_is_asked_for() -> None:
    items = evidence("优先区域", "启动9个保护优先区域调查，8个县入选示范区，竣工7个。")
    assert check_draft("启动了几个优先区域？", "8个县入选示范区", items) == []
    assert check_draft("启动了几个优先区域？", "9个", items)
    assert check_draft("竣工几个优先区域？", "7个", items)


def test_what_is_told_of_ozone_is_not_told_of_particles() -> None:
    items = evidence("为什么垫底", "臭氧是制约甲市空气质量的“拦路虎”。")
    assert check_draft("甲市PM2.5为什么垫底？", "臭氧是制约甲市空气质量的“拦路虎”。", items) == []
    items = evidence("为什么垫底", "细颗粒物是制约甲市空气质量的“拦路虎”。")
    assert check_draft("甲市PM2.5为什么垫底？", "细颗粒物是“拦路虎”。", items)


def test_a_term_is_not_explained_by_itself() -> None:
    items = evidence("牛鼻子", "强化主体责任，抓紧工作“牛鼻子”。")
    question = "工作的“牛鼻子”指的是什么？"
    assert check_draft(question, "抓紧工作“牛鼻子”。", items) == []
    assert check_draft(question, "主体责任", items)
    assert check_draft(question, "强化主体责任，抓紧工作“牛鼻子”。", items)


def test_this_year_is_known_by_its_number_where_the_year_is_asked_for() -> None:
    items = evidence("第一年", "今年是全面推进的第一年。")
    dated = [
        replace(one, hit=replace(one.hit, passage=replace(one.passage, date="2023-02-26")))
        for one in items
    ]
    assert check_draft("哪一年是第一年？", "2023年", dated)
    assert check_draft("哪一年是第一年？", "2021年", dated) == []


def test_a_figure_is_of_the_thing_in_its_clause() -> None:
    items = evidence("货车", "一年来抽测柴油货车21万辆次，4000余台老旧机械报废，合格率95%。")
    assert check_draft("抽测了多少柴油货车？", "4000余台", items) == []
    assert check_draft("抽测了多少柴油货车？", "21万辆次", items)
    items = evidence("投资", "总投资36亿元，完成8亿元。")
    assert check_draft("完成了多少投资？", "8亿元", items)


def test_a_figure_is_of_the_name_that_is_asked_about() -> None:
    items = evidence("基地", "8个县入选第三批示范区，两地入选“青山银山”实践创新基地，另有3个候选。")
    question = "有几个地方入选“青山银山”实践创新基地？"
    assert check_draft(question, "8个", items) == []
    assert check_draft(question, "两地", items)
    assert check_draft("有几个县入选示范区？", "8个", items)


def dated(items: Sequence[Evidence], date: str, *headings: str) -> list[Evidence]:
    """The evidence as of papers of ``date`` under ``headings``."""
    return [
        replace(
            one,
            hit=replace(one.hit, passage=replace(one.passage, date=date, headings=headings)),
        )
        for one in items
    ]


def test_a_share_is_of_what_it_is_called_by() -> None:
    items = evidence("水土保持率", "地下水开采量压减31%，淡水位回升。")
    assert check_draft("临汐市水土保持率是多少？", "31%", items) == []
    items = evidence("水土保持率", "水土保持工作扎实，比例达到31%。")
    assert check_draft("临汐市水土保持率是多少？", "31%", items)


def test_a_target_is_told_as_one() -> None:
    items = evidence("生猪", "生猪出栏4216万头，居全国第五位。")
    assert check_draft("生猪出栏目标是多少万头？", "4216万头", items) == []
    assert check_draft("生猪出栏多少万头？", "4216万头", items)
    items = evidence("优良比例", "确保近岸海域水质优良比例达到91%。")
    assert check_draft("近岸海域水质优良比例实际达到多少？", "91%", items) == []
    assert check_draft("近岸海域水质优良比例目标是多少？", "91%", items)


def test_last_year_in_a_heading_is_a_year() -> None:
    items = dated(evidence("生猪", "生猪出栏4216万头。"), "2024-02-20", "一、去年怎么看")
    assert check_draft("2024年生猪出栏多少万头？", "4216万头", items) == []
    assert check_draft("2023年生猪出栏多少万头？", "4216万头", items)


def test_without_a_year_a_paper_tells_of_its_own_and_of_the_one_before() -> None:
    items = dated(evidence("博士点", "全省新增博士点23个。"), "2025-01-10")
    assert check_draft("2023年新增博士点多少个？", "23个", items) == []
    assert check_draft("2024年新增博士点多少个？", "23个", items)


@pytest.mark.parametrize(
    ("question", "text", "draft"),
    [
        ("“千村示范”工程投资了多少？", "“千村示范”工程覆盖120个村，投资3.5亿元。", "3.5亿元"),
        ("“百日攻坚”何时结束？", "“百日攻坚”行动覆盖12个县，9月30日结束。", "9月30日"),
        ("今年开工了多少个项目？", "今年开工118个项目，谋划60个重点项目。", "118个"),
        ("市里拿出多少钱补贴？", "市财政安排3000万元，对2.1万户给予补贴。", "3000万元"),
        ("会议有多少人参加？", "会议有120人出席，其中职工代表30名参加表决。", "120人"),
        ("全县有多少个村参加试点？", "全县有35个村参加，其中12个村为省级试点。", "35个"),
        ("办事效率提高了多少？", "办理时间压缩60%。", "60%"),
        ("哪个县率先完成，完成了多少？", "江口县提前完成，进度85%。", "85%"),
        ("滨河路预期什么时候通车？", "滨河路2024年6月底通车。", "2024年6月底"),
        ("这个路计划投资到底是多少？", "这个路计划投资1.2亿元。", "1.2亿元"),
        ("“双减”是什么？", "“双减”即减负。", "“双减”即减负。"),
        ("双槐水库何时完工？", "双槐水库进展顺利。水库大坝6月底完工。", "6月底"),
        ("澜砚大桥总投资多少？", "澜砚大桥正在施工。大桥总投资3.2亿元。", "3.2亿元"),
        ("2024年全年医疗收入多少？", "2024年1-12月医疗收入3.5亿元。", "3.5亿元"),
        ("全年投资任务，上半年完成了多少亿元？", "上半年完成投资52亿元。", "52亿元"),
        ("会议提到几点要求？", "会议提出四项要求，务必落实。", "四项要求"),
        ("粮食产量目标是多少？", "主要目标如下。生产总值增长5%。粮食产量60万吨。", "60万吨"),
        ("新建了多少学校？", "新建学校投资3亿元，共12所。", "12所"),
        ("新建了多少所学校？", "新建12所中小学，改造5所薄弱学校。", "12所"),
        ("CBD片区改造投资多少？", "该片区改造投资3亿元。", "3亿元"),
        (
            "教育厅厅长是谁？",
            "阿不都拉·买买提任教育厅厅长。",
            "阿不都拉·买买提任教育厅厅长",
        ),
    ],
)
def test_right_answers_that_look_like_anothers_are_kept(
    question: str, text: str, draft: str
) -> None:
    assert check_draft(question, draft, evidence(question, text))


def test_words_that_end_in_a_year_are_no_years() -> None:
    items = dated(evidence("年龄段", "60岁以上年龄段人口12万人，日本年产量3万吨。"), "2024-02-01")
    assert check_draft("2024年60岁以上年龄段有多少人？", "12万人", items)
    items = dated(evidence("产值", "今年产值60亿元，去年产值55亿元。"), "2025-11-01")
    assert check_draft("2024年产值多少？", "60亿元", items) == []
    assert check_draft("2024年产值多少？", "55亿元", items)


def test_another_reservoir_is_not_the_one_asked_about() -> None:
    items = evidence("包保", "每座落实责任人，石门坎水库由副县长段海棠包保，双槐水库待定。")
    assert check_draft("双槐水库是哪位领导包保的？", "段海棠", items)
    items = evidence("包保", "石门坎水库由副县长段海棠包保。")
    assert check_draft("双槐水库是哪位领导包保的？", "段海棠", items) == []
    assert check_draft("石门坎水库是哪位领导包保的？", "段海棠", items)


def test_half_a_year_is_not_the_whole() -> None:
    items = dated(evidence("收入", "医疗收入2.37亿元。"), "2025-07-04", "一、上半年运营情况")
    assert check_draft("2024年全年医疗收入多少？", "2.37亿元", items) == []
    assert check_draft("上半年医疗收入多少？", "2.37亿元", items)


def test_some_is_no_question_of_number() -> None:
    items = evidence("厂房", "保留三座锯齿形厂房，改造为工业记忆馆。")
    assert check_draft("那几座锯齿形老厂房打算改成什么", "工业记忆馆", items)
    items = evidence("依从率", "医生依从率76%，护士依从率88%。")
    draft = "医生依从率76%，护士依从率88%。"
    assert check_draft("医生和护士谁做得好", draft, items)
