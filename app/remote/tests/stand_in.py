"""
The services without Ray and without models, for tests of those who ask them: the same doors, contracts and answers, with
vectors of words and pages of lines. `python3 -m tests.stand_in` prints its port.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from inference.contract import LARGEST_DOCUMENT
from inference.door import answer, key_from_environment
from inference.embedding import embed
from inference.ocr import read
from inference.reranking import rerank


class Words:
    """Texts with words in common are alike."""

    name = "all-MiniLM-L6-v2"
    dimensions = 384

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._encode(text) for text in texts]

    def _encode(self, text: str) -> list[float]:
        vector = [0.0] * self.dimensions
        for word in text.lower().replace(".", " ").split():
            vector[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") % self.dimensions] += 1.0
        length = math.sqrt(sum(value * value for value in vector)) or 1.0
        return [value / length for value in vector]


def lines(body: bytes, _kind: str) -> Iterator[bytes]:
    """Each line of the document is a page of it."""
    for line in body.splitlines():
        if line == b"damage":
            raise ValueError("damaged")
        yield line


class Door(BaseHTTPRequestHandler):
    """One request."""

    encoder = Words()
    key = key_from_environment()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""

    def _answer(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), LARGEST_DOCUMENT + 1))
        work = {
            "/embed": lambda: embed(body, self.encoder),
            "/rerank": lambda: rerank(body, self.encoder),
            "/ocr": lambda: read(body, self.headers.get("content-type", ""), lambda page: page.decode(), lines),
        }[self.path.removesuffix("/health")]
        headers = {name.lower(): value for name, value in self.headers.items()}
        found = answer(self.command, self.path, headers, body, self.key, work)
        self.send_response(found.status)
        self.send_header("content-type", found.media_type)
        self.end_headers()
        for piece in [found.body] if isinstance(found.body, bytes) else (line.encode() for line in found.body):
            self.wfile.write(piece)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    print(server.server_port, flush=True)
    server.serve_forever()
