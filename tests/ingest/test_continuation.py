"""The network that tells a true continuation, and that its trainer computes the same."""

from __future__ import annotations

import hashlib
import math
import random
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from eval import fit_continuation, fit_repair
from eval.scramble import scramble
from ingest import continuation, join
from ingest.continuation import Continuation
from ingest.join import Weighing, shares
from tests.ingest.test_repair import invented_article

# Invented; cut at “｜”, within words and between clauses.
_SENTENCES = (
    "会议强调，要把防汛抢险摆在突出位｜置，逐级压实责任，确保群众生命财产安全。",
    "全市新增公共充电桩三百二十｜个，居民出行更加方便。",
    "医院开通夜间门诊后，患者排队等候的时｜间由四十分钟缩短到十五分钟。",
    "图书馆周末举办的亲子阅读活动，吸引了不少家｜长带着孩子前来参加。",
    "这条地铁线路全长二十公里，共｜设车站十六座，预计年底开通运营。",
    "受冷空气影响，北部山区气温明显下｜降，局部地区有雨夹雪。",
    "公安机关提醒广大市民，不要轻信陌生来电，更不｜要向对方透露银行卡密码。",
    "合作社种植的葡萄今年喜获丰｜收，亩产超过三千斤。",
)
_CUT = [sentence.split("｜") for sentence in _SENTENCES]


def test_each_end_finds_its_own_rest() -> None:
    fit = continuation.continuation().fit([end for end, _ in _CUT], [rest for _, rest in _CUT])
    # “三百二十” goes on in many ways; each of the others has one rest that fits.
    assert (fit.pairs.argmax(1) == np.arange(len(_CUT))).sum() >= len(_CUT) - 1


def test_a_beginning_is_told_from_the_inside_of_a_sentence() -> None:
    fit = continuation.continuation().fit(["会议强调，"], [half for cut in _CUT for half in cut])
    assert fit.begun[1::2].min() > fit.begun[0::2].max()


def test_spaces_and_widths_make_no_difference() -> None:
    network = continuation.continuation()
    one = network.fit(["同比改善7.7%，"], ["近三年（年均）改善"])
    other = network.fit(["同比 改善7.7％,"], ["近三年(年均) 改善"])
    assert np.array_equal(one.pairs, other.pairs)


@pytest.mark.parametrize("text", ["", "x", "\ue000\ue001", "长" * 500])
def test_odd_texts_are_scored_too(text: str) -> None:
    fit = continuation.continuation().fit([text, "会议要求"], [text])
    assert fit.pairs.shape == (2, 1)
    assert np.isfinite(fit.pairs).all()
    assert np.isfinite(fit.begun).all()


def test_the_trainer_computes_what_is_read() -> None:
    """Only rounding to bytes lies between them."""
    texts = ["".join(cut) for cut in _CUT]
    characters = "".join(sorted(set("".join(texts))))
    ids = {char: at + continuation.FIRST_ID for at, char in enumerate(characters)}
    articles = [fit_continuation.article(text * 2, ids) for text in texts]
    logs = fit_continuation.count_table(articles)
    torch.manual_seed(1)
    network = fit_continuation.Network(len(ids) + continuation.FIRST_ID).eval()
    reader = Continuation(fit_continuation.tensors(network, logs), characters)
    course = fit_continuation.Course(1, 1e-3, 4, 3, 2)
    source = fit_continuation.batches(articles, course, np.random.default_rng(0), least=1)
    batch = next(source)
    before, after = batch.before, batch.after
    assert batch.cut.any()
    seen = np.stack(continuation.counts(before, after, logs), -1)
    pairs = np.arange(len(before)), np.arange(len(before))[::-1].copy()
    with torch.no_grad():
        scores, begun, close = network(
            *map(torch.from_numpy, (before, after, seen)), tuple(map(torch.from_numpy, pairs))
        )
    back = dict(enumerate(characters, continuation.FIRST_ID))
    fit = reader.fit(
        ["".join(back[i] for i in row if i) for row in before.tolist()],
        ["".join(back[i] for i in row[::-1] if i) for row in after.tolist()],
        pairs,
    )
    assert np.allclose(fit.pairs, scores.numpy(), atol=0.05)
    assert np.allclose(fit.begun, begun.numpy(), atol=0.05)
    assert np.allclose(fit.close, close.numpy(), atol=0.05)


def test_the_fitter_computes_what_is_weighed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(3)
    pages = [scramble([invented_article(rng) for _ in range(3)], rng, held=True) for _ in range(4)]
    table = fit_repair.tabulate(pages)
    monkeypatch.setattr(fit_repair, "_STEPS", 20)
    model = fit_repair.fit(table)
    fit_repair.save(model, tmp_path / "join.safetensors")
    weights: Weighing = join.load_weighing(tmp_path / "join.safetensors")
    read = shares(
        weights.odds(table.features.numpy().astype(np.float64)),
        table.ends.numpy(),
        table.starts.numpy(),
        math.exp(weights.no_rest),
    )
    with torch.no_grad():
        assert np.allclose(read, model(table).numpy(), atol=1e-3)


def test_shares_of_an_end_and_of_a_start_add_up_to_one_at_most() -> None:
    rng = np.random.default_rng(0)
    ends, starts = (np.repeat(np.arange(6), 8), np.tile(np.arange(8), 6))
    found = shares(np.exp(rng.normal(0, 4, 48)), ends, starts, 0.5)
    assert np.bincount(ends, found).max() <= 1 + 1e-9
    assert np.bincount(starts, found).max() <= 1 + 1e-9


def test_the_weights_are_those_described() -> None:
    described = re.findall(r"`(\w+\.safetensors)` \| `([0-9a-f]{64})`", _README.read_text("utf-8"))
    assert len(described) == 2
    for name, digest in described:
        assert hashlib.sha256((_README.parent / name).read_bytes()).hexdigest() == digest


_README = Path(continuation.__file__).parent / "continuation.md"
