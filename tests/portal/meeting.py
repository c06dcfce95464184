"""An invented meeting and what is asked about it."""

TEXT = (
    "河口市会议\n\n2023年，河口市完成管网改造120公里，总投资3.5亿元。\n\n会议由周立新主持召开。\n"
)
QUESTION = "河口市完成管网改造多少公里？"
REPLY = "完成管网改造120公里[1]。"
ANSWER = "完成管网改造120公里。[1]"
