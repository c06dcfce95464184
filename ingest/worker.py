"""The process that parses untrusted files: ``python -m ingest.worker MEMORY_MB``.

It reads requests from standard input and writes replies to standard output,
each a frame: eight bytes of length, big-endian, then that many bytes. A
request is JSON ``{"source": …, "cpu_s": …}`` in one frame and the file's bytes
in the next; a reply is one byte telling its kind, then JSON. With ``"page"``
and ``"boxes"`` in the request, the reply is a picture of that page.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import BinaryIO

from huiwen.errors import InputError
from ingest import confine

DOCUMENT, PICTURE, REFUSED, BROKEN, MEMORY = b"D", b"P", b"R", b"B", b"M"
_LENGTH = 8


def frame(data: bytes) -> bytes:
    """``data`` with its length before it."""
    return len(data).to_bytes(_LENGTH, "big") + data


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, None where the stream ends before it is whole."""
    head = stream.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    length = int.from_bytes(head, "big")
    data = stream.read(length)
    return data if len(data) == length else None


def main() -> None:
    """Serve until standard input ends."""
    replies = os.fdopen(os.dup(1), "wb")
    # Libraries that print must not write into the replies.
    os.dup2(2, 1)
    confine.limit(int(sys.argv[1]) * 2**20)
    confined = confine.cut_off()
    # After the rights are gone: imports run code too.
    from huiwen.types import Box
    from ingest.page_image import page_image
    from ingest.parse import parse
    from ingest.wire import pack

    replies.write(frame(b"1" if confined else b"0"))
    replies.flush()
    while True:
        request = read_frame(sys.stdin.buffer)
        data = read_frame(sys.stdin.buffer) if request is not None else None
        if request is None or data is None:
            return
        asked = json.loads(request)
        confine.limit_cpu(int(asked["cpu_s"]))
        try:
            if "page" in asked:
                boxes = [Box(*box) for box in asked["boxes"]]
                reply = PICTURE + page_image(asked["source"], data, asked["page"], boxes)
            else:
                reply = DOCUMENT + pack(parse(asked["source"], data))
        except InputError as error:
            reply = REFUSED + json.dumps([type(error).__name__, str(error)]).encode()
        except MemoryError:
            reply = MEMORY
        except Exception:  # a defect of ours or of a library must not pass for the file's
            reply = BROKEN + json.dumps(traceback.format_exc()).encode()
        del data
        replies.write(frame(reply))
        replies.flush()


if __name__ == "__main__":
    main()
