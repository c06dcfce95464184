"""The log of the service: text or JSON lines, with request ids and without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from huiwen.settings import Settings
from huiwen.types import AnswerEvent, AnswerReady
from server.origin import current
from server.watch import Asked

_ASK = logging.getLogger("huiwen.ask")
_HIDDEN = "***"
# Keys in the forms that services quote them in.
_KEYS = re.compile(r"(?i)(bearer\s+|api[_-]?key[\"']?\s*[:=]\s*[\"']?)[^\s\"',;]+|\bsk-[\w-]{8,}")


def configure(settings: Settings) -> None:
    """Send all that this process logs to standard error in the configured form."""
    handler = logging.StreamHandler(sys.stderr)
    form = JsonLines if settings.log_format == "json" else Lines
    handler.setFormatter(form(secrets(settings)))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("huiwen").setLevel(logging.INFO)


def secrets(settings: Settings) -> list[str]:
    """The configured values that no log may contain."""
    found = [settings.openai_api_key, settings.milvus_token, settings.milvus_token.split(":")[-1]]
    try:
        found.append(str(make_url(settings.catalog_url).password or ""))
    except ArgumentError:
        found.append(settings.catalog_url)
    return [secret for secret in found if secret]


class Lines(logging.Formatter):
    """One record a line, for people."""

    def __init__(self, hidden: list[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s [%(request)s] %(name)s: %(message)s")
        self._hidden = hidden

    def format(self, record: logging.LogRecord) -> str:
        record.request = current().request_id or "-"
        return self._clean(super().format(record))

    def _clean(self, text: str) -> str:
        for secret in self._hidden:
            text = text.replace(secret, _HIDDEN)
        return _KEYS.sub(lambda found: (found[1] or "") + _HIDDEN, text)


class JsonLines(Lines):
    """One JSON object a line, for collectors."""

    def format(self, record: logging.LogRecord) -> str:
        facts = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._clean(record.getMessage()),
            "request": current().request_id,
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            facts["exception"] = self._clean(self.formatException(record.exc_info))
        return json.dumps(facts, ensure_ascii=False)


class QuestionLog:
    """A watcher that writes a line for each answer; with the question only where configured."""

    def __init__(self, *, questions: bool) -> None:
        self._questions = questions

    def course(self, asked: Asked) -> _Noted:
        return _Noted(asked, questions=self._questions)


class _Noted:
    def __init__(self, asked: Asked, *, questions: bool) -> None:
        self._asked = asked
        self._questions = questions

    def saw(self, event: AnswerEvent) -> None:
        if not isinstance(event, AnswerReady):
            return
        answer, origin = event.answer, self._asked.origin
        facts = {
            "request": origin.request_id,
            "who": origin.who,
            "status": answer.status.value,
            "model": answer.model,
            "passages": len(answer.evidence),
            "seconds": round(answer.timings.total, 3),
            **({"question": self._asked.question} if self._questions else {}),
        }
        _ASK.info("%s in %.2f s", answer.status.value, answer.timings.total, extra={"facts": facts})

    def ended(self, error: BaseException | None) -> None:
        pass
