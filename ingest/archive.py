"""ZIP containers of untrusted files, read within limits."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Collection

from huiwen.errors import InputError

# Real DOCX, XLSX and OFD files stay far below these; bombs do not.
MAX_MEMBERS = 10_000
MAX_MEMBER_BYTES = 64 * 2**20
MAX_TOTAL_BYTES = 512 * 2**20
# Text compresses 10:1 or so, empty tables up to 100:1; only large members matter.
MAX_RATIO = 200
_RATIO_FROM_BYTES = 2**20

# What zipfile raises on damaged archives, when it lists members and when it inflates them.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError,
            RuntimeError)  # fmt: skip


class Archive:
    """Members of a ZIP by name, in memory; nothing is ever written out.

    Sizes a member declares are checked before it is read and again while it is
    inflated, since they can lie. Raises InputError for damaged, encrypted or
    over-large archives.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self._name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            members = self._zip.infolist()
        except _DAMAGED as error:
            raise InputError(
                f"文件“{name}”已损坏（{error}）；请用原来的程序打开并重新保存。"
            ) from error
        if len(members) > MAX_MEMBERS:
            raise self._refused(f"内含 {len(members)} 个成员，超过上限 {MAX_MEMBERS}")
        self._members = {member.filename: member for member in members}
        self._left = MAX_TOTAL_BYTES

    @property
    def names(self) -> Collection[str]:
        """Names of the members as the archive spells them."""
        return self._members.keys()

    def read(self, member: str) -> bytes:
        """Bytes of a member; raises KeyError where there is none of that name."""
        info = self._members[member]
        if info.flag_bits & 0x1:
            raise self._refused("带有密码，无法读取")
        if info.file_size > MAX_RATIO * max(info.compress_size, 1) > _RATIO_FROM_BYTES:
            raise self._refused(f"成员 {member} 的压缩比异常，疑似压缩炸弹")
        limit = min(MAX_MEMBER_BYTES, self._left)
        try:
            with self._zip.open(info) as file:
                data = file.read(limit + 1)
        except _DAMAGED as error:
            raise InputError(
                f"文件“{self._name}”已损坏（成员 {member}：{error}）；请用原来的程序重新保存。"
            ) from error
        if len(data) > limit:
            raise self._refused(f"成员 {member} 解压后过大")
        self._left -= len(data)
        return data

    def _refused(self, reason: str) -> InputError:
        return InputError(f"文件“{self._name}”{reason}；请用原来的程序另存后再上传。")
