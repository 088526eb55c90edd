"""What a function is given: the response to judge, and the rest of the call."""

import codecs
import datetime
import json
import random
import re
import threading
from typing import Any, Optional

_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';]+)""", re.IGNORECASE)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def read_json(raw: bytes) -> Any:
    """Reads JSON, without the constants that Python adds to it."""
    return json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse)


def write_json(value: Any) -> bytes:
    """Writes compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


class Headers:
    """The headers of a response. Names are case-insensitive."""

    def __init__(self, headers):
        self._values = {}
        for header in headers:
            self._values.setdefault(header.name.lower(), []).extend(header.values)

    def get(self, name: str, default: Optional[str] = None) -> Optional[str]:
        """The values of a header, joined by a comma; the default when it is not there."""
        values = self._values.get(name.lower())
        return default if values is None else ", ".join(values)

    def get_all(self, name: str) -> list[str]:
        """The values of a header, in order."""
        return list(self._values.get(name.lower(), []))

    def keys(self) -> list[str]:
        """The names, in lower case and sorted."""
        return sorted(self._values)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values


class Response:
    """The response of an attempt, after redirects, its content-coding undone."""

    def __init__(self, message):
        self.status: int = message.status_code
        self.ok: bool = 200 <= message.status_code <= 299
        self.url: str = message.url
        self.http_version: str = message.http_version
        self.elapsed: int = message.elapsed_ms  # milliseconds
        self.headers = Headers(message.headers)
        self.body: bytes = message.body

    def text(self) -> str:
        """The body as text: in the charset of its Content-Type, else UTF-8."""
        declared = _CHARSET.search(self.headers.get("content-type") or "")
        charset = "utf-8"
        if declared:
            charset = codecs.lookup(declared.group(1)).name
        if charset == "utf-8":
            charset = "utf-8-sig"
        return self.body.decode(charset, errors="replace")

    def json(self) -> Any:
        """The body, which has to be JSON in UTF-8."""
        return read_json(self.body)


class Context:
    """The rest of a call, and what a function says besides its verdict.

    now and random are the only clock and the only randomness that keep a check
    repeatable: a recorded evaluation gives the same answer again.
    """

    def __init__(self, request, cancelled: threading.Event):
        self.attempt: int = request.attempt  # from 1
        self.config: Any = read_json(request.config or b"{}")
        self.now = datetime.datetime.fromtimestamp(0, datetime.timezone.utc) + datetime.timedelta(milliseconds=request.now_ms)
        self.now_ms: int = request.now_ms
        self.random = random.Random(request.seed)
        self.cancelled = cancelled  # set when nobody waits for the answer any more
        self._caps = request.caps
        self._state = read_json(request.state or b"{}")
        self._before = write_json(self._state)
        self._assigned = self._deleted = False
        self._reason, self._retry_after = "", 0.0
        self.lines, self.dropped, self._logged = [], 0, 0

    @property
    def state(self) -> Any:
        """What the function keeps between attempts: set it, change it, or delete it."""
        return self._state

    @state.setter
    def state(self, value: Any) -> None:
        self._state, self._assigned, self._deleted = value, True, False

    @state.deleter
    def state(self) -> None:
        self._state, self._deleted = {}, True

    def reason(self, text: Any) -> None:
        """One line for the report that says why; the last one counts."""
        self._reason = str(text)

    def retry_after(self, seconds: float) -> None:
        """Asks for the next attempt after so many seconds."""
        self._retry_after = float(seconds)

    def log(self, text: Any, level: str = "info") -> None:
        """Adds a line to the log of the evaluation, at level debug, info, warn or error."""
        left = self._caps.log - self._logged
        if left <= 0 or len(self.lines) >= self._caps.log_lines:
            self.dropped += 1
            return
        raw = str(text).encode("utf-8", "replace")[:left]
        self._logged += len(raw) + 1
        self.lines.append((level, raw.decode("utf-8", "ignore")))

    def answer(self, returned: Any) -> dict:
        """The fields of the answer."""
        fields = {"match": returned is True, "reason": _valid(self._reason), "retry_after_ms": round(self._retry_after * 1000)}
        if not isinstance(returned, bool):
            fields["returned"] = _type_name(returned)
        if self._deleted:
            fields["state"] = b""
            return fields
        after = write_json(self._state)
        if self._assigned or after != self._before:
            fields["state"] = after
        return fields


def _valid(text: str) -> str:
    """Replaces lone surrogates, which no message takes."""
    return text.encode("utf-8", "replace").decode()


def _type_name(value: Any) -> str:
    """What JSON calls the type of a value."""
    if value is None:
        return "null"
    for kind, name in ((str, "string"), ((int, float), "number"), ((list, tuple), "array"), (dict, "object")):
        if isinstance(value, kind):
            return name
    return type(value).__name__
