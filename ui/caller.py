"""Who sits before the page."""

from __future__ import annotations

import gradio as gr

from huiwen.errors import ForbiddenError
from server.caller import Caller, Scope, caller_of


def asking(request: gr.Request, scope: Scope) -> Caller:
    """The caller of an event of the page; tells the page where he may not do it."""
    caller = caller_of(request.request)
    try:
        caller.require(scope)
    except ForbiddenError as error:
        raise gr.Error(str(error), title=error.title, print_exception=False) from None
    return caller
