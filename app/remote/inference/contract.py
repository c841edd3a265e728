"""What the services are asked and what they refuse. Nothing but the standard library, so that it can be tested anywhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MOST_TEXTS = 256
"""Texts in one request: more would keep a replica from everybody else."""
LONGEST_TEXT = 100_000
"""Characters of one text; the model reads 256 tokens of it."""
LARGEST_BODY = 16 * 1024 * 1024
LARGEST_DOCUMENT = 50 * 1024 * 1024


class Refused(Exception):
    """A request that is answered with an error: its status, a stable code, and what is wrong with it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True)
class EmbedRequest:
    """`POST /embed`: `{"input": "text" | ["text", …], "model"?: "name"}`, as OpenAI's `/v1/embeddings`."""

    texts: tuple[str, ...]
    model: str | None

    @staticmethod
    def parse(body: bytes) -> EmbedRequest:
        fields = _fields(body, {"input", "model", "encoding_format", "user"})
        given = fields.get("input")
        if fields.get("encoding_format", "float") != "float":
            raise _invalid("encoding_format: only float is spoken here")
        return EmbedRequest(_texts("input", [given] if isinstance(given, str) else given), _name(fields))


@dataclass(frozen=True)
class RerankRequest:
    """`POST /rerank`: `{"query": "…", "documents": ["…", …], "top_n"?: 10, "model"?: "name"}`, as Cohere's and Jina's."""

    query: str
    documents: tuple[str, ...]
    top: int
    model: str | None

    @staticmethod
    def parse(body: bytes) -> RerankRequest:
        fields = _fields(body, {"query", "documents", "top_n", "model", "return_documents"})
        (query,) = _texts("query", [fields.get("query")])
        documents = _texts("documents", fields.get("documents"))
        top = fields.get("top_n", len(documents))
        if isinstance(top, bool) or not isinstance(top, int) or top < 1:
            raise _invalid("top_n: must be a whole number of at least 1")
        return RerankRequest(query, documents, min(top, len(documents)), _name(fields))


def _invalid(message: str) -> Refused:
    return Refused(400, "REQUEST_INVALID", message)


def _fields(body: bytes, known: set[str]) -> dict[str, Any]:
    if len(body) > LARGEST_BODY:
        raise Refused(413, "REQUEST_TOO_LARGE", f"the body has more than {LARGEST_BODY} bytes")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise _invalid("the body is no JSON") from None
    if not isinstance(found, dict):
        raise _invalid("the body is no object")
    for name in found:
        if name not in known:
            raise _invalid(f"{name[:60]}: there is no such field")
    return found


def _texts(name: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_TEXTS:
        raise _invalid(f"{name}: must be a list of 1 to {MOST_TEXTS} texts")
    for at, text in enumerate(given):
        where = name if name == "query" else f"{name}[{at}]"
        if not isinstance(text, str) or text.strip() == "":
            raise _invalid(f"{where}: must be a text that is not empty")
        if len(text) > LONGEST_TEXT:
            raise _invalid(f"{where}: has more than {LONGEST_TEXT} characters")
    return tuple(given)


def _name(fields: dict[str, Any]) -> str | None:
    name = fields.get("model")
    if name is not None and not isinstance(name, str):
        raise _invalid("model: must be a text")
    return name
