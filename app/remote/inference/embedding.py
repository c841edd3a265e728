"""Texts to vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .contract import EmbedRequest, Refused


class Encoder(Protocol):
    """A model that makes unit vectors of texts."""

    name: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> list[list[float]]: ...


def embed(body: bytes, encoder: Encoder) -> dict[str, object]:
    """The answer names the model that really ran: whoever keeps vectors has to know which ones fit together."""
    request = EmbedRequest.parse(body)
    require_model(request.model, encoder.name)
    vectors = encoder.encode(request.texts)
    return {
        "object": "list",
        "model": encoder.name,
        "dimensions": encoder.dimensions,
        "data": [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)],
    }


def require_model(asked: str | None, served: str) -> None:
    """Vectors of another model than the one that was asked for would be found by nobody."""
    if asked is not None and asked != served:
        raise Refused(404, "MODEL_UNKNOWN", f"the model here is {served}, not {asked[:100]}")
