"""Every error a user may see. Messages are Chinese: what is wrong, with what, and the remedy."""

from __future__ import annotations


class HuiwenError(Exception):
    """Base of the errors whose message is meant for the user.

    ``status`` is the HTTP status a request that meets it ends with and
    ``slug`` names the kind in RFC 9457 problem details.
    """

    status = 500
    slug = "error"
    title = "出错了"
    # Seconds after which the same request may succeed, for the Retry-After header.
    retry_after_s: int | None = None


class ConfigError(HuiwenError):
    """A setting is wrong."""

    slug = "config"
    title = "配置有误"


class InputError(HuiwenError):
    """What the user gave cannot be used."""

    status = 422
    slug = "input"
    title = "输入无法处理"


class UnsupportedFormatError(InputError):
    """The bytes are of no format we read."""

    status = 415
    slug = "unsupported-format"
    title = "不支持的文件格式"


class FileTooLargeError(InputError):
    """The file exceeds the configured limit."""

    status = 413
    slug = "too-large"
    title = "文件过大"


class ParseFailedError(InputError):
    """Parsing broke off: out of time, out of memory, or the parser process died."""

    slug = "parse-failed"
    title = "文件解析失败"


class ClassifiedError(InputError):
    """The file is marked as a state secret and the configuration does not allow such files."""

    slug = "classified"
    title = "涉密文件"


class CancelledError(HuiwenError):
    """The user called the job off."""

    status = 409
    slug = "cancelled"
    title = "已取消"


class UnauthenticatedError(HuiwenError):
    """Nobody we know sent the request."""

    status = 401
    slug = "unauthenticated"
    title = "请先登录"


class ForbiddenError(HuiwenError):
    """Who sent the request may not do this."""

    status = 403
    slug = "forbidden"
    title = "没有权限"


class TooManyError(HuiwenError):
    """More requests than the caller may send; the next one goes ``after_s`` seconds later."""

    status = 429
    slug = "too-many"
    title = "请求过于频繁"

    def __init__(self, message: str, after_s: int) -> None:
        super().__init__(message)
        self.after_s = after_s


class ChangedError(HuiwenError):
    """Not the version any more that the client has seen."""

    status = 412
    slug = "changed"
    title = "内容已经改变"


class NotFoundError(HuiwenError):
    """The thing named does not exist."""

    status = 404
    slug = "not-found"
    title = "未找到"


class StoreError(HuiwenError):
    """The index cannot serve: damaged, or made by another embedder."""

    status = 503
    slug = "index"
    title = "索引不可用"


class ModelError(HuiwenError):
    """A model cannot be found, read or run."""

    status = 503
    slug = "model"
    title = "模型不可用"


class ModelDownloadError(ModelError):
    """A model could not be fetched from its source."""

    slug = "model-download"
    title = "模型下载失败"


class ModelVerifyError(ModelError):
    """A model file's size or SHA-256 is not the pinned one."""

    slug = "model-verify"
    title = "模型校验失败"


class BusyError(HuiwenError):
    """A line is full: questions in front of the model, or files to be taken in."""

    status = 503
    slug = "busy"
    title = "排队已满"

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class GenerationError(ModelError):
    """The language model failed or was too late while answering."""

    slug = "generation"
    title = "生成失败"
