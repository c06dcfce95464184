"""Rerankers: the built-in one, none, and a real (tiny) cross-encoder from a directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiwen.errors import ModelError
from huiwen.settings import Settings
from index.features import NAMES, Candidate
from index.query import Query, understand
from index.rerank import CrossEncoderReranker, FeatureReranker, fitted_weights, load_reranker
from tests.index.passages import passage


def candidates(*texts: str) -> list[Candidate]:
    return [Candidate(passage(text), 0.8, 5.0) for text in texts]


def test_the_passage_that_speaks_of_it_comes_first() -> None:
    query = understand("海湾监测站有多少人？")
    scores = FeatureReranker().scores(
        query, candidates("全市会议召开。", "海湾监测站有12人。", "监测工作有进展。")
    )
    assert max(scores) == scores[1]


def test_what_the_question_names_is_promoted() -> None:
    query = Query("海湾", "海湾", ("海湾",), documents=frozenset({"named"}))
    found = [
        Candidate(passage("海湾", "1"), 0.8, 5.0),
        Candidate(passage("海湾", "2", document_id="named"), 0.8, 5.0),
    ]
    other, named = FeatureReranker().scores(query, found)
    assert named > other


def test_weights_are_named_for_their_features() -> None:
    weights = dict(zip(NAMES, fitted_weights(), strict=True))
    # Evidence may be worthless, but what is found is never held against a passage.
    assert all(weight >= 0 for weight in weights.values())


def test_nothing_to_judge() -> None:
    assert FeatureReranker().scores(understand("海湾"), []) == []


def test_by_setting(settings: Settings) -> None:
    assert isinstance(load_reranker(settings), FeatureReranker)
    assert load_reranker(settings.model_copy(update={"reranker": "none"})) is None
    with pytest.raises(ModelError, match="reranker"):
        load_reranker(settings.model_copy(update={"reranker": "/nowhere/model"}))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT cross-encoder with random weights, as a directory."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("cross")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"海湾监测站会议的有人什么十二?\n"]
    tokenizer = Tokenizer(
        models.WordLevel({word: at for at, word in enumerate(vocabulary)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]", model_max_length=64,
    ).save_pretrained(folder)  # fmt: skip
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def test_a_cross_encoder_judges_pairs(tiny: Path, settings: Settings) -> None:
    chosen = settings.model_copy(update={"models_dir": tiny.parent, "reranker": tiny.name})
    reranker = load_reranker(chosen)
    assert isinstance(reranker, CrossEncoderReranker)
    query = understand("海湾监测站")
    found = candidates("海湾监测站有人", "会议", "十二")
    scores = reranker.scores(query, found)
    assert len(set(scores)) == len(scores) == 3
    # A pair is judged by itself, whatever else is there.
    assert reranker.scores(query, found[1:2]) == pytest.approx([scores[1]], abs=1e-5)
    assert reranker.scores(query, []) == []
