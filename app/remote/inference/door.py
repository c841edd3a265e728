"""From a request to an answer, the same for each service: who may ask, what is alive, and how a refusal looks."""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .contract import Refused


@dataclass(frozen=True)
class Answer:
    """What goes back. Lines are sent as they come."""

    status: int
    body: bytes | Iterator[str]
    media_type: str = "application/json"


def key_from_environment() -> str | None:
    """INFERENCE_API_KEY, or the file that INFERENCE_API_KEY_FILE names. Without a key everybody may ask: then only the network decides."""
    file = os.environ.get("INFERENCE_API_KEY_FILE")
    key = Path(file).read_text().strip() if file else os.environ.get("INFERENCE_API_KEY", "")
    return key or None


def answer(method: str, path: str, headers: Mapping[str, str], body: bytes, key: str | None, serve: Callable[[], dict[str, object] | Iterator[str]]) -> Answer:
    """`GET …/health` for everybody; everything else is a POST with the key. `headers` have small names."""
    try:
        if method in ("GET", "HEAD") and path.rstrip("/").endswith("/health"):
            return _json(200, {"status": "ok"})
        if method != "POST":
            raise Refused(405, "METHOD_NOT_ALLOWED", "only POST is answered here")
        if key is not None and not hmac.compare_digest(headers.get("authorization", "").encode(), f"Bearer {key}".encode()):
            raise Refused(401, "KEY_WRONG", "the key is missing or wrong")
        result = serve()
    except Refused as refusal:
        return _json(refusal.status, {"error": {"code": refusal.code, "message": refusal.message}})
    return _json(200, result) if isinstance(result, dict) else Answer(200, result, "application/x-ndjson")


def _json(status: int, value: dict[str, object]) -> Answer:
    return Answer(status, json.dumps(value).encode())
