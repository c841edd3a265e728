"""
The Ray Serve applications, one a service. How many replicas each has, and when it gets another, is said by the RayService
(components/rag-service/ray.ts) and not here.
"""

from __future__ import annotations

from collections.abc import Iterator

from ray import serve
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from .contract import LARGEST_BODY, LARGEST_DOCUMENT
from .door import Answer, answer, key_from_environment
from .embedding import embed
from .minilm import MiniLM
from .ocr import read
from .reranking import rerank


async def _body(request: Request, most: int) -> bytes:
    """One byte more than is taken, at most: what is longer is refused by whoever parses it."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            break
    return bytes(body)


def _response(found: Answer) -> Response:
    if isinstance(found.body, bytes):
        return Response(found.body, found.status, media_type=found.media_type)
    return StreamingResponse(found.body, found.status, media_type=found.media_type)


class _Service:
    """What the three have in common. The work runs in a thread, so that a replica goes on answering who asks for its health."""

    most = LARGEST_BODY

    def __init__(self) -> None:
        self.key = key_from_environment()

    def work(self, body: bytes, media_type: str) -> dict[str, object] | Iterator[str]:
        raise NotImplementedError

    async def __call__(self, request: Request) -> Response:
        body = await _body(request, self.most)
        media_type = request.headers.get("content-type", "")
        found = await run_in_threadpool(answer, request.method, request.url.path, request.headers, body, self.key, lambda: self.work(body, media_type))
        return _response(found)


@serve.deployment
class Embedding(_Service):
    """`POST /embed`."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = MiniLM()

    def work(self, body: bytes, media_type: str) -> dict[str, object]:
        return embed(body, self.encoder)

    def check_health(self) -> None:
        """Ray Serve replaces a replica whose model does not answer."""
        self.encoder.encode(["ready"])


@serve.deployment
class Reranking(_Service):
    """`POST /rerank`."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = MiniLM()

    def work(self, body: bytes, media_type: str) -> dict[str, object]:
        return rerank(body, self.encoder)


@serve.deployment
class Ocr(_Service):
    """`POST /ocr`."""

    most = LARGEST_DOCUMENT

    def work(self, body: bytes, media_type: str) -> Iterator[str]:
        return read(body, media_type)


embedding = Embedding.bind()
reranking = Reranking.bind()
ocr = Ocr.bind()
