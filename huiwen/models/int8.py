"""The int8 form of a BERT sentence-transformers model: one ONNX graph for onnxruntime on a CPU.

sentence-transformers' own ONNX and OpenVINO backends export through optimum,
which is not there for transformers 5; the graph of a BERT encoder is short
enough to write down. Matrices are int8 with a scale per output channel,
activations are quantised to 8 bits as they come (onnxruntime's
DynamicQuantizeMatMul), the word embeddings keep the 4 bits they came with.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from huiwen.errors import ModelError
from huiwen.models.manifest import MANIFEST, publish, write_manifest

if TYPE_CHECKING:
    from onnx import ModelProto

GRAPH = "model.onnx"
# To be raised whenever the same weights would give other vectors.
RECIPE = 3
# Weights stay within 7 bits: before VNNI, an AVX2 CPU multiplies unsigned by signed
# bytes and adds pairs of products in 16 bits, where 2 * 255 * 64 is the most that
# fits. With 8 bits it saturates silently, and vectors depend on the CPU.
# https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
WEIGHT_LIMIT = 64
# onnxruntime's own operators.
_MS = "com.microsoft"
_OPSET, _IR = 21, 10
_BLOCK = 32
_INT8_ACTIVATIONS = 4  # MatMulNBits' accuracy_level
_Array = NDArray[Any]


def folder_of(model: Path) -> Path:
    """Where the int8 form of the model directory lies: beside it, so that it stays as it was."""
    return model.with_name(f"{model.name}.int8")


def write_int8(model: Path, source: str) -> None:
    """Make and publish the int8 form of ``model``, whose weights have the SHA-256 ``source``.

    Raises ModelError where it is not a BERT, and OSError.
    """
    final = folder_of(model)
    partial = final.with_name(f"{final.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    (partial / GRAPH).write_bytes(_graph(model).SerializeToString(deterministic=True))
    write_manifest(partial, {"recipe": str(RECIPE), "sha256_of_part": source})
    shutil.rmtree(final, ignore_errors=True)
    publish(partial, final)


def is_current(model: Path, source: str) -> bool:
    """Whether the int8 form is there, whole by its size, of this recipe and these weights."""
    folder = folder_of(model)
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        size, _ = manifest["files"][GRAPH]
        return bool(
            manifest["recipe"] == str(RECIPE)
            and manifest["sha256_of_part"] == source
            and (folder / GRAPH).stat().st_size == size
        )
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _graph(model: Path) -> ModelProto:
    from onnx import TensorProto, helper
    from safetensors.numpy import load_file

    config = json.loads((model / "config.json").read_bytes())
    if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
        raise ModelError(f"{model} 不是 BERT 结构的向量模型，不能转为 int8。")
    draft = _Draft(load_file(model / "model.safetensors"), config)
    draft.embeddings()
    for layer in range(config["num_hidden_layers"]):
        draft.layer(layer)
    graph = helper.make_graph(
        draft.nodes,
        model.name,
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])],
        [helper.make_tensor_value_info(
            f"x{config['num_hidden_layers']}",
            TensorProto.FLOAT,
            ["batch", "tokens", config["hidden_size"]],
        )],
        draft.constants,
    )  # fmt: skip
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MS, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=_IR)


class _Draft:
    """Nodes and constants of the graph as it grows."""

    def __init__(self, tensors: dict[str, NDArray[np.float32]], config: dict[str, Any]) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._tensors = tensors
        self._heads = config["num_attention_heads"]
        self._epsilon = config["layer_norm_eps"]

    def embeddings(self) -> None:
        """Words, places and the one type of token, added and normalised."""
        from onnx import TensorProto, helper

        place = "embeddings"
        values, scales = quantise_blocks(self._tensors[f"{place}.word_embeddings.weight"])
        raw = _packed(values).tobytes()
        self.constants.append(
            helper.make_tensor("words", TensorProto.INT4, values.shape, raw, raw=True)
        )
        self._add(
            "GatherBlockQuantized", ["words", "input_ids", self._constant("word_scales", scales)],
            "word", _MS, block_size=_BLOCK, gather_axis=0, quantize_axis=1,
        )  # fmt: skip
        positions = self._tensors[f"{place}.position_embeddings.weight"]
        types = self._tensors[f"{place}.token_type_embeddings.weight"]
        self._constant("positions", positions + types[:1])
        self._add("Shape", ["input_ids"], "tokens", start=1, end=2)
        start = self._constant("start", np.zeros(1, np.int64))
        self._add("Slice", ["positions", start, "tokens"], "position")
        self._add("Add", ["word", "position"], "embedded")
        norm = [self._tensor(f"{place}.LayerNorm.{part}") for part in ("weight", "bias")]
        self._add("LayerNormalization", ["embedded", *norm], "x0", axis=-1, epsilon=self._epsilon)

    def layer(self, number: int) -> None:
        """One encoder layer, from ``x{number}`` to the next."""
        place = f"encoder.layer.{number}"
        x, y = f"x{number}", f"y{number}"
        heads = []
        for name in ("query", "key", "value"):
            into = f"{place}.attention.self.{name}"
            heads.append(self._product(x, into, bias=True))
        attended = f"{place}.attended"
        self._add("MultiHeadAttention", heads, attended, _MS, num_heads=self._heads)
        self._merge(self._product(attended, f"{place}.attention.output.dense"), x, y,
                    f"{place}.attention.output")  # fmt: skip
        wide = self._product(y, f"{place}.intermediate.dense")
        bias = self._tensor(f"{place}.intermediate.dense.bias")
        self._add("BiasGelu", [wide, bias], f"{place}.gelu", _MS)
        narrow = self._fine_product(f"{place}.gelu", f"{place}.output.dense")
        self._merge(narrow, y, f"x{number + 1}", f"{place}.output")

    def _product(self, x: str, name: str, bias: bool = False) -> str:
        values, scales = quantise_rows(self._tensors[f"{name}.weight"])
        inputs = [
            x,
            self._constant(f"{name}.values", values.T),
            self._constant(f"{name}.scales", scales),
            self._constant(f"{name}.zeros", np.zeros_like(scales, np.int8)),
        ]
        if bias:
            inputs.append(self._tensor(f"{name}.bias"))
        self._add("DynamicQuantizeMatMul", inputs, name, _MS)
        return name

    def _fine_product(self, x: str, name: str) -> str:
        weights = self._tensors[f"{name}.weight"]
        values, scales = quantise_blocks(weights)
        rows, columns = weights.shape
        # This operator stores weights plus 8.
        packed = _packed(values + 8).reshape(rows, columns // _BLOCK, _BLOCK // 2)
        inputs = [
            x,
            self._constant(f"{name}.values", packed),
            self._constant(f"{name}.scales", scales.reshape(-1)),
        ]
        self._add(
            "MatMulNBits", inputs, name, _MS,
            K=columns, N=rows, bits=4, block_size=_BLOCK, accuracy_level=_INT8_ACTIVATIONS,
        )  # fmt: skip
        return name

    def _merge(self, x: str, skipped: str, out: str, place: str) -> None:
        """Bias, the residual connection and the norm, in one."""
        inputs = [
            self._tensor(f"{place}.LayerNorm.weight"),
            self._tensor(f"{place}.LayerNorm.bias"),
            self._tensor(f"{place}.dense.bias"),
        ]
        self._add(
            "SkipLayerNormalization", [x, skipped, *inputs], out, _MS, epsilon=self._epsilon
        )  # fmt: skip

    def _tensor(self, name: str) -> str:
        return self._constant(name, self._tensors[name])

    def _constant(self, name: str, value: _Array) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _add(
        self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **values: Any
    ) -> None:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **values))


def _packed(values: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Two 4-bit numbers a byte along each row, the first in the low half."""
    low, high = values[:, 0::2] & 0x0F, values[:, 1::2] & 0x0F
    return (low | (high << 4)).astype(np.uint8)


def quantise_rows(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Integers up to WEIGHT_LIMIT either way, shape as given, and a scale for each row."""
    furthest = np.abs(weights).max(axis=1)
    scales = np.where(furthest == 0, 1, furthest) / np.float32(WEIGHT_LIMIT)
    return np.rint(weights / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def quantise_blocks(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Integers of -8 to 7, shape as given, and a scale for each 32 weights of a row.

    Exact for what was Q4_0: there the weight furthest from zero is -8 scales.
    """
    rows, columns = weights.shape
    blocks = weights.reshape(rows, columns // _BLOCK, _BLOCK)
    furthest = np.abs(blocks).argmax(axis=2, keepdims=True)
    scales = np.take_along_axis(blocks, furthest, axis=2) / -8
    values = np.rint(blocks / np.where(scales == 0, 1, scales)).clip(-8, 7).astype(np.int8)
    return values.reshape(rows, columns), scales[:, :, 0].astype(np.float32)
