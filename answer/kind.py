"""What kind of thing a question asks for, and whether an answer can be of that kind."""

from __future__ import annotations

import re
from collections.abc import Callable

import rjieba

from answer.number import UNASKED, Quantity, quantities
from answer.premise import PERSON
from ingest.normalise import normalise
from ingest.surname import is_compound, is_surname, looks_like_name

_WHO = re.compile(r"谁(?!的\S|[做干]得|[更最较比高低多少快慢好])|哪[一]?[位名]|何人")
_WHEN = re.compile(r"何时|(?:什么|啥)时[候间]|哪一?[年月日天]|几[月号]")
# 几点意见 is no hour.
_CLOCK = re.compile(
    r"几点(?:钟|半)?(?=[开结上下到出召能关营]|举[行办])|(?:开始|结束)是?几点|几时几分"
)
_HOUR = re.compile(
    r"\d{1,2}(?:时|点|[:：]\d{2})|[一二三四五六七八九十]{1,3}[点时]|[上下中]午|[早晚]上?|凌晨|傍晚"
)
# 进一步 and 统一 tell no number.
_NUMERAL = re.compile(r"[\d两半]|(?<![进统第唯])[一二三四五六七八九十百千万亿]+(?![步律定样般直])")
_HOW_MANY = re.compile(rf"多少|(?<![第{UNASKED}])几(?=[个名次种年天处家条项人户座所台公万亿])")
# A body alone is no reason.
_WHY = re.compile(r"为[什何啥]|原因|道理|理由")
_A_BODY = re.compile(r"[局厅委办部处科院校组队]。?$|(?:政府|公司|集团|中心|委员会)。?$")
_BODY = 20
# What is counted one by one has no fractions.
_THINGS = re.compile(rf"(?:多少|(?<![第{UNASKED}])几)[个名家条项户座所台件起部]")
# Counted things are no share of something.
_COUNT = re.compile(r"多少(?:万|亿)?[人名个户家条项元吨]|人数|总投资|产量|销量|金额")
_SOMEBODY = re.compile(
    r"(?:局|厅|委|办|公司|集团|院|所|部|处|科|室|股|中心|政府|队|会|校|学|站|组)(?:[。、，,和\s]|$)"
)
_TITLE = re.compile(r"长|书记|主任|主席|经理|员|同志|教授|院士|代表")
_TIME = re.compile(r"\d|[年月日时前后末初底]|上午|下午|期间|世纪")
# What somebody is called, or does, may be told with his name.
_WHAT = re.compile(
    r"(?<![叫姓干做是])什么(?![人名职样时地]|单位|部门|身份|领导|机构|岗位|意见|要求)|啥(?![人名时地])"
)
_TITLED = re.compile(
    r"(?:[局厅处科院省市县区镇乡]长(?![江沙城征春安])|书记|主任|主席)(?P<name>[\u4e00-\u9fff]{2,3})$"
)
_PLACED = re.compile(r"[在于到赴]")
# So many characters at the end of a phrase are its head.
_HEAD = 3
_WHERE = re.compile(r"在哪(?:里|儿|[个座]?[城市县省国地])?|何[处地]|什么地[方点]")
_RATE = re.compile(r"率(?:达到?|[是为有])?了?多少")
# Money is in yuan, or in figures whose unit a heading tells.
_MONEY = re.compile(
    r"(?:生产总值|GDP|投资额?|资金|收入|支出|产值|营收|经费|金额|概算|预算|票价|造价)(?:达到?|[是为有])?了?多少"
    r"(?!个?百分)|多少(?:万|亿)?(?:钱|元)"
)
_MONEY_UNITS = ("元", "美", "欧", "日", "港", "块", "")
# What is counted by these is of one sort: 35家 do not tell how many persons. A unit of no sort
# (``个``, none) may be of any.
_SORTS = ("人名位", "元块", "亩", "吨斤", "户家台辆座所件项条处部艘趟")
_UNIT = re.compile(
    rf"(?:多少|(?<![第{UNASKED}])几)[十百千万亿]*(?P<unit>[{''.join(_SORTS)}])(?!次)"
)
_TELEPHONE = re.compile(r"(?:电话|手机|热线|座机|号码)(?:号码?)?(?:是|打)?(?:多少|几|什么|哪)")
_DIALLED = re.compile(r"\d{3,4}-\d{3,8}|\d{5,}")
# A growth is a share or a multiple, or what is said to have grown by it.
_GROWTH = re.compile(r"(?:增长|增幅|降幅|涨幅|增速|下降)了?(?:是|为)?多少[？?]?$")
# A bare number may be one: the check adds its unit.
_SHARES = ("%", "‰", "倍", "")
_GROWN = re.compile(r"[增减升降涨跌扩缩]|提高|改善|多|少|净")
_KIND = re.compile(r"哪一?[家所座条款项部](?P<after>[\u3400-\u9fff]{1,6})")
# Kinds that stand for others tell nothing of the answer's wording.
_ANY_KIND = frozenset(
    (
        "单位", "机构", "部门", "企业", "公司", "地方", "组织", "工作", "内容", "方面", "规定",
        "措施", "任务", "要求", "问题", "事情", "法规", "法律", "文件", "作品", "书",
    )
)  # fmt: skip
# 哪家施工单位: what it does, which is no part of its name.
_ANY_BODY = re.compile(r"[\u3400-\u9fff]{1,4}(?:单位|公司|企业|机构|部门)")
_COMPANY = re.compile(r"(?:哪[一]?[家个]|什么)(?:公司|企业)")
_OFFICE = re.compile(r"[局厅委办部]。?$|政府。?$|委员会。?$")
# Who builds a thing is not who gets it.
_BUILDER = re.compile(
    r"(?:施工|监理|设计|中标|承建|总承包|建设)(?:单位|方|企业|公司)?(?:是|由|为)?(?:哪|谁)"
    r"|哪家.{0,6}(?:中标|承建|施工|监理)|谁(?:中标|承建|施工)"
)
_PUBLIC = re.compile(r"(?:[局厅]|政府|委员会|医院|[大中小]学|学院|学校)。?$")
# Longer than a name nobody is named by a surname at the beginning.
_NAME = 5
# Nor is what is longer a noun alone.
_NOUN = 8
_DIGIT = re.compile(r"\d")
# Names that no list has are taken for common nouns or set phrases.
_NOUNS = frozenset(("n", "nz", "l"))
_BARE_TITLE = re.compile(r".{0,4}(?:长|书记|主任|主席|经理)")
# So near before a figure stands the verb it belongs to.
_NEAR = 4
_NO_KIND = frozenset("是在为有的被由负承提获将最")
# Whether a sentence, taken from the text around it, can answer a question; ``None``: no matter
# of its own.
Judge = Callable[[str, str, str], bool | None]


def is_of_kind(question: str, sentence: str, around: str) -> bool:
    """Whether ``sentence`` can be what is asked for: somebody, a time, a figure, a hotel.

    ``around`` is the text it was taken from. True where the kind cannot be told.
    """
    kind = asked_kind(question)
    if kind and not set(kind) & set(sentence + around):
        return False
    for asks, judge in _NAMED_KINDS if kind else _KINDS:
        judged = judge(question, sentence, around) if asks.search(question) else None
        if judged is not None:
            return judged
    return True


def _not_public(_: str, sentence: str, __: str) -> bool | None:
    return False if _PUBLIC.search(sentence) else None


def _is_dialled(_: str, sentence: str, __: str) -> bool:
    return bool(_DIALLED.search(normalise(sentence)))


def _not_a_body(_: str, sentence: str, __: str) -> bool | None:
    return False if len(sentence) <= _BODY and _A_BODY.search(sentence) else None


def _no_office(_: str, sentence: str, __: str) -> bool:
    return not _OFFICE.search(sentence)


def _is_time(_: str, sentence: str, __: str) -> bool:
    return bool(_TIME.search(normalise(sentence)))


def _figures(fit: Callable[[Quantity], bool]) -> Judge:
    """Whether one of the figures fits; where there are none, others judge."""

    def judge(_: str, sentence: str, __: str) -> bool | None:
        figures = quantities(sentence)
        return any(fit(one) for one in figures) if figures else None

    return judge


def _is_whole(_: str, sentence: str, around: str) -> bool | None:
    figures = quantities(sentence)
    if "万" in sentence + around or not figures:
        return None
    return any("." not in one.written or "亿" in one.label for one in figures)


def _has_number(_: str, sentence: str, __: str) -> bool:
    return bool(_NUMERAL.search(normalise(sentence)))


def _is_hour(_: str, sentence: str, __: str) -> bool:
    return bool(_HOUR.search(normalise(sentence)))


def _is_somebody(_: str, sentence: str, __: str) -> bool:
    return may_be_somebody(sentence)


def _is_somewhere(question: str, sentence: str, _: str) -> bool:
    asked, plain = normalise(question), normalise(sentence).rstrip("。")
    # 平阴分局的执法人员在什么地方…: who is there is not where.
    there = re.split(_WHERE, asked)[0]
    if plain[-_HEAD:] in there and not _PLACED.search(plain):
        return False
    return any(tag[:1] not in "mtqwx" for _, tag in rjieba.tag(plain, True))


def _not_a_person(_: str, sentence: str, __: str) -> bool | None:
    named = _TITLED.search(sentence.rstrip("。 "))
    return False if named and looks_like_name(named["name"]) else None


def _counts_the_same(question: str, sentence: str, _: str) -> bool | None:
    """Denies where no figure can count what is asked for, by the sort of its unit."""
    asked = [_sort(match["unit"]) for match in _UNIT.finditer(question)]
    told = [_sort(figure.unit) for figure in quantities(sentence) if not figure.is_date]
    return None if not told or any(sort == "" or sort in asked for sort in told) else False


def _sort(unit: str) -> str:
    """The units that count the same sort of thing, empty for one that counts any."""
    return next((sort for sort in _SORTS if unit and unit in sort), "")


def _is_growth(_: str, sentence: str, around: str) -> bool:
    """Whether a figure is a share or a multiple, or has a word of growth right before it."""
    plain = normalise(around)
    for figure in quantities(sentence):
        if figure.unit in _SHARES or "百分点" in sentence:
            return True
        at = plain.find(figure.written)
        if at > 0 and _GROWN.search(plain[max(0, at - _NEAR) : at]):
            return True
    return False


def asked_kind(question: str) -> str:
    """The kind of thing asked for by ``哪家酒店`` or ``哪条路``; empty where none is named."""
    match = _KIND.search(question)
    if not match or _ANY_BODY.match(match["after"]):
        return ""
    word, tag = rjieba.tag(match["after"], True)[0]
    return "" if word in _ANY_KIND or word[0] in _NO_KIND or tag[0] != "n" else word


def may_be_somebody(text: str) -> bool:
    """A person, a body, or a short noun: it may be farmers, or have a name of no list."""
    plain = text.rstrip("。")
    if has_somebody(plain):
        return True
    if len(plain) > _NOUN or _DIGIT.search(plain) or _BARE_TITLE.fullmatch(plain):
        return False
    tags = [tag for _, tag in rjieba.tag(plain, True)]
    return bool(tags) and tags[-1] in _NOUNS


def has_somebody(text: str) -> bool:
    """A person or a body; of foreign names Latin letters and the dot inside tell."""
    if _SOMEBODY.search(text) or re.search(r"[A-Za-z·•・]", text):
        return True
    if any(tag.startswith((PERSON, "nt", "nz", "ns")) for _, tag in rjieba.tag(text, True)):
        return True
    for title in _TITLE.finditer(text):
        if is_surname(text[title.end() : title.end() + 1]):
            return True
    return len(text) <= _NAME and (is_surname(text[:1]) or is_compound(text[:2]))


# What asks for a kind, and who judges it: the first that does not pass (``None``) decides.
_NAMED_KINDS: tuple[tuple[re.Pattern[str], Judge], ...] = (
    (_BUILDER, _not_public),
    (_TELEPHONE, _is_dialled),
)
_KINDS: tuple[tuple[re.Pattern[str], Judge], ...] = (
    *_NAMED_KINDS,
    (_WHY, _not_a_body),
    (_COMPANY, _no_office),
    (_CLOCK, _is_hour),
    (_WHEN, _is_time),
    (_MONEY, _figures(lambda figure: figure.unit in _MONEY_UNITS)),
    (_UNIT, _counts_the_same),
    (_COUNT, _figures(lambda figure: figure.unit != "%")),
    (_RATE, _figures(lambda figure: figure.unit in _SHARES)),
    (_GROWTH, _is_growth),
    (_THINGS, _is_whole),
    (_HOW_MANY, _has_number),
    (_WHO, _is_somebody),
    (_WHERE, _is_somewhere),
    (_WHAT, _not_a_person),
)
