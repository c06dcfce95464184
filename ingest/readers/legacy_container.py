"""OLE2 containers, which old office files are, read within limits."""

from __future__ import annotations

import io
import struct

import olefile

from huiwen.errors import InputError, UnsupportedFormatError

MAX_STREAM_BYTES = 256 * 2**20
# What damaged containers make olefile raise.
DEFECTS = (
    struct.error,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    OSError,
    OverflowError,
    RecursionError,
)
_HEADER = struct.Struct("<2H 6x 3I 4I 2I")
_HEADER_AT = 30
_SECTOR_SHIFTS = (9, 12)
# Streams that tell files which are not Word's, and what their user should do.
_OTHERS = {
    "EncryptedPackage": "带有密码，无法读取；请在 Word 或 WPS 里去掉密码后再上传。",
    "Workbook": "是旧版 Excel 表格（XLS）；请用 Excel 或 WPS 另存为 XLSX 后再上传。",
    "Book": "是旧版 Excel 表格（XLS）；请用 Excel 或 WPS 另存为 XLSX 后再上传。",
    "PowerPoint Document": "是旧版演示文稿（PPT）；请用 PowerPoint 或 WPS 另存为 PPTX 后再上传。",
}


class Container:
    """Streams of an OLE2 file by name; raises InputError for damaged or foreign ones."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        try:
            _check(data)
            self._ole = olefile.OleFileIO(io.BytesIO(data))
            found = {entry[0] for entry in self._ole.listdir() if len(entry) == 1}
        except DEFECTS as error:
            raise damaged(name) from error
        if "WordDocument" in found:
            return
        for stream, remedy in _OTHERS.items():
            if stream in found:
                kind = InputError if stream == "EncryptedPackage" else UnsupportedFormatError
                raise kind(f"文件“{name}”{remedy}")
        raise UnsupportedFormatError(
            f"文件“{name}”不是 Word 97—2003 文档；请用原来的程序另存为 DOCX 或 PDF 后再上传。"
        )

    def stream(self, stream: str) -> bytes:
        """Bytes of a stream; raises InputError where it is missing or damaged."""
        try:
            with self._ole.openstream(stream) as file:
                data: bytes = file.read(MAX_STREAM_BYTES + 1)
        except DEFECTS as error:
            raise damaged(self.name) from error
        if len(data) > MAX_STREAM_BYTES:
            raise InputError(f"文件“{self.name}”过大；请分成几个文件后再上传。")
        return data


def damaged(name: str) -> InputError:
    """The error for a file whose structure contradicts itself."""
    return InputError(f"文件“{name}”已损坏；请用 Word 或 WPS 打开，另存为 DOCX 后再上传。")


def _check(data: bytes) -> None:
    """Refuse headers that would keep olefile busy: it believes their counts of sectors."""
    shift, _, _, fat, _, _, _, _, mini, _, difat = _HEADER.unpack_from(data, _HEADER_AT)
    if shift not in _SECTOR_SHIFTS:
        raise ValueError("sector size")
    if max(fat, mini, difat) > (len(data) >> shift) + 1:
        raise ValueError("more sectors than there are")
