"""Who sits before the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from huiwen.errors import HuiwenError
from server.caller import Caller, Scope, caller_of


def asking(request: gr.Request, scope: Scope) -> Caller:
    """The caller of an event of the page; tells the page where he may not do it."""
    caller = caller_of(request.request)
    with told():
        caller.require(scope)
    return caller


@contextmanager
def told() -> Iterator[None]:
    """What is wrong is shown on the page, in the words of the error."""
    try:
        yield
    except HuiwenError as error:
        raise gr.Error(str(error), title=error.title, print_exception=False) from None
