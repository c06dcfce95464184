"""What is said to the tool and not asked of the documents: greetings, thanks, what it is."""

from __future__ import annotations

import re

_END = r"(?:会问|小会|呀|啊|哦|哈|了|呢|您|你|大家)*[！!。.～~，, ]*"
_ABOUT = (
    "我是会问，依据本单位资料库里的文件回答问题，每句话都注明出处，点击编号可以看到原文；"
    "资料里没有的，我会说明没有。\n可以这样问：某次会议是哪天召开的、某项工程总投资多少、谁提出了什么要求；"
    "也可以接着问“那另一个县呢？”。文件在“资料库”页上传，DOCX、WPS、PDF、OFD、图片、网页、表格等都能读。"
)
_ABOUT_ENGLISH = (
    "I am Huiwen. I answer questions from this office's own documents and cite the paragraph for "
    "every sentence; where the documents do not tell, I say so."
)
# Whole questions only: 谢谢你帮我查一下总投资 is a question of the documents.
_REPLIES = (
    (
        rf"(?:你好|您好|嗨|哈[喽啰]|早上好|上午好|下午好|晚上好|早|在吗|在不在){_END}[？?]?",
        "您好！请问想了解会议资料里的什么内容？",
    ),
    (
        rf"(?:非常|太|多|十分)?(?:谢谢|多谢|感谢|辛苦|麻烦){_END}",
        "不客气，有问题请接着问。",
    ),
    (
        rf"(?:再见|拜拜|回头见|好的?|知道|明白|收到|没问题|可以|嗯+){_END}",
        "好的，有问题随时再问。",
    ),
    (
        r"(?:请问)?你(?:是谁|叫什么(?:名字)?|是什么(?:模型|系统|软件|工具)?|能(?:做|干|帮我做|回答)(?:些?什么|哪些)(?:问题|事情?)?"
        r"|会(?:做|干)?(?:些?什么)|有(?:什么|哪些)(?:功能|用|本领))(?:呢|啊|呀)?[？?。]?",
        _ABOUT,
    ),
    (
        r"(?:请)?(?:介绍一下(?:你)?自己|自我介绍(?:一下)?|怎么(?:使用|用)(?:你|会问|这个(?:系统|工具))?"
        r"|(?:系统|会问)(?:怎么用|使用说明)|使用(?:说明|帮助)|帮助|(?:能|可以|支持)(?:上传|读取?)?(?:哪些|什么)(?:文件)?格式)[？?。]?",
        _ABOUT,
    ),
    (
        r"(?:hi|hello|hey)(?: there)?[!. ]*",
        "Hello! What would you like to know from the documents?",
    ),
    (r"(?:thanks|thank you)(?: very much| a lot)?[!. ]*", "You are welcome."),
    (r"(?:who|what) are you[?. ]*|what can you do[?. ]*", _ABOUT_ENGLISH),
)
_TALK = tuple((re.compile(pattern, re.IGNORECASE), reply) for pattern, reply in _REPLIES)


def small_talk(question: str) -> str:
    """The reply to a greeting, thanks or a question about the tool; empty for anything else."""
    plain = question.strip()
    return next((reply for pattern, reply in _TALK if pattern.fullmatch(plain)), "")
