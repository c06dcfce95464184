"""The three backends on real engines: the built-in model, a tiny one, a real HTTP endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from answer.generator import Generator, Message, load_generator
from answer.llamacpp_generator import LlamaCppGenerator, XLlamaCppGenerator, load_llamacpp
from answer.openai_generator import OpenAIGenerator
from answer.transformers_generator import TransformersGenerator
from eval.openai_stub import Fault, Script
from eval.openai_stub import endpoint as stub
from huiwen.errors import GenerationError, ModelError
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings
from tests.answer.contract import COUNT, GeneratorContract

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture(scope="module")
def gguf(real_settings: Settings) -> Path:
    return ModelStore(real_settings).resolve(Role.LLM, real_settings.llm)


@pytest.fixture(scope="module")
def built_in(gguf: Path, real_settings: Settings) -> Generator:
    pytest.importorskip("xllamacpp", reason="no prebuilt llama.cpp on this platform")
    return XLlamaCppGenerator(gguf, real_settings)


@pytest.fixture(scope="module")
def from_source(gguf: Path, real_settings: Settings) -> Generator:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is the way out, not installed")
    return LlamaCppGenerator(gguf, real_settings)


@pytest.fixture(scope="module")
def endpoint(gguf: Path) -> Iterator[str]:
    """llama.cpp's own HTTP server."""
    xllamacpp = pytest.importorskip("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(gguf)
    params.n_ctx = 1024
    params.n_parallel = 1
    params.verbosity = -1
    params.cache_ram_mib = 0
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


@pytest.mark.real
class TestXLlamaCpp(GeneratorContract):
    @pytest.fixture
    def generator(self, built_in: Generator) -> Generator:
        return built_in

    def test_a_prompt_too_long_is_an_error_of_ours(self, generator: Generator) -> None:
        with pytest.raises(GenerationError, match="context"):
            list(generator.stream([Message("user", "长" * 9000)], max_tokens=1))

    def test_nobody_else_is_served_on_its_port(self, built_in: XLlamaCppGenerator) -> None:
        import httpx

        url = built_in._server.listening_address
        body = {"messages": [{"role": "user", "content": "你好"}], "max_tokens": 1}
        for path in ("/v1/chat/completions", "/completion", "/v1/completions", "/embeddings"):
            assert httpx.post(url + path, json=body).status_code == 401
        for path in ("/slots", "/props"):
            assert httpx.get(url + path).status_code in (401, 403, 404, 501)


@pytest.mark.real
class TestLlamaCppPython(GeneratorContract):
    @pytest.fixture
    def generator(self, from_source: Generator) -> Generator:
        return from_source


@pytest.mark.real
class TestOpenAI(GeneratorContract):
    """Through the official client."""

    @pytest.fixture
    def generator(self, endpoint: str) -> Generator:
        return OpenAIGenerator(Settings(llm="any", openai_base_url=endpoint))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A causal model of random weights with a tokenizer of bytes: real code, no knowledge."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    folder = tmp_path_factory.mktemp("tiny")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={c: n for n, c in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    wrapped.chat_template = TEMPLATE
    wrapped.save_pretrained(folder)
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=256, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=4096,
        bos_token_id=None, eos_token_id=None, pad_token_id=0,
    )  # fmt: skip
    Qwen2ForCausalLM(config).save_pretrained(folder)
    return folder


class TestTransformers(GeneratorContract):
    talks = False

    @pytest.fixture
    def generator(self, tiny: Path) -> Generator:
        return TransformersGenerator(tiny, Settings(llm_context=4096))

    def test_a_prompt_too_long_is_an_error_of_ours(self, generator: Generator) -> None:
        with pytest.raises(GenerationError, match="语言模型出错"):
            list(generator.stream([Message("user", "长" * 3000)], max_tokens=1))


def test_a_directory_that_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="huiwen models verify"):
        TransformersGenerator(tmp_path, Settings())


def test_a_file_that_is_no_gguf(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    path = tmp_path / "bad.gguf"
    path.write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(ModelError, match=r"bad\.gguf"):
        load_llamacpp(Settings(llm=str(path)))


def test_none_asks_for_no_model() -> None:
    assert load_generator(Settings(llm_backend="none")) is None


def test_auto_falls_back_to_transformers(tiny: Path, caplog: pytest.LogCaptureFixture) -> None:
    generator = load_generator(Settings(llm=str(tiny)))
    assert generator is not None
    assert generator.name.startswith("transformers/")
    assert "速度会慢" in caplog.text


def remote(url: str, **changes: Any) -> OpenAIGenerator:
    return OpenAIGenerator(Settings(llm="m", openai_base_url=url, **changes))


def test_a_passing_fault_is_retried() -> None:
    with stub(Script("好", fault=Fault.ONCE)) as url:
        assert "".join(remote(url).stream(COUNT, max_tokens=4)) == "好"


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.GARBAGE, Fault.DROP, Fault.END, Fault.PAGE])
def test_a_lasting_fault_names_the_endpoint(fault: Fault) -> None:
    with (
        stub(Script("好好好好", fault=fault)) as url,
        pytest.raises(GenerationError, match=url),
    ):
        list(remote(url, openai_retries=0).stream(COUNT, max_tokens=4))


def test_a_hanging_endpoint_is_given_up() -> None:
    with (
        stub(Script(fault=Fault.HANG)) as url,
        pytest.raises(GenerationError, match="llm_timeout_s"),
    ):
        list(remote(url, llm_timeout_s=0.3).stream(COUNT, max_tokens=4))


def test_nobody_listening() -> None:
    with pytest.raises(GenerationError, match="openai_base_url"):
        list(remote("http://127.0.0.1:9/v1", openai_retries=0).stream(COUNT, max_tokens=1))
