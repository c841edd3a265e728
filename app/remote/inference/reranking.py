"""The best passages in a better order: each is as good as the sentence of it that fits the question best."""

from __future__ import annotations

import re

from .contract import RerankRequest
from .embedding import Encoder, require_model

MOST_SENTENCES = 24
"""Sentences of one document that are looked at; passages of this product have fewer."""
WHOLE = 0.3
"""Weight of the document as a whole: a sentence alone does not say what it is about."""

_ends = re.compile(r"(?<=[.!?])\s+(?=[\"'(\[]?[A-Z0-9])|\n+")


def rerank(body: bytes, encoder: Encoder) -> dict[str, object]:
    """Scores from -1 to 1, the best first."""
    request = RerankRequest.parse(body)
    require_model(request.model, encoder.name)
    parts = [[document, *sentences(document)] for document in request.documents]
    vectors = iter(encoder.encode([request.query, *(text for part in parts for text in part)]))
    query = next(vectors)
    scored = []
    for index, part in enumerate(parts):
        whole, *closest = [_dot(query, next(vectors)) for _ in part]
        scored.append((WHOLE * whole + (1 - WHOLE) * max(closest, default=whole), index))
    scored.sort(key=lambda each: (-each[0], each[1]))
    return {"model": encoder.name, "results": [{"index": index, "relevance_score": score} for score, index in scored[: request.top]]}


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text; none when it is but one."""
    found = [part.strip() for part in _ends.split(text)]
    found = [part for part in found if part != ""]
    return found[:MOST_SENTENCES] if len(found) > 1 else []


def _dot(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b))
