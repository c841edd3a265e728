"""Scanned pages to text with Tesseract: what goes in is a picture or a PDF, what comes out are lines of JSON."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .contract import LARGEST_DOCUMENT, Refused

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PAGES = 2_000
MOST_PIXELS = 50_000_000
"""Of one page. A small file can unpack to a picture that fills the memory."""
DPI = 150
SECONDS_A_PAGE = 60

Recognize = Callable[[bytes], str]
"""A PNG of one page to its text."""
Pages = Callable[[bytes, str], Iterator[bytes]]
"""A document and its media type to a PNG of each page."""


def read(body: bytes, media_type: str, recognize: Recognize | None = None, pages: Pages | None = None) -> Iterator[str]:
    """
    One line for each page, `{"pages": [{"page": 1, "markdown": "…"}]}`, then `{"end": true}`. What goes wrong after the
    first line is a line too, because the status has been sent by then.
    """
    if len(body) > LARGEST_DOCUMENT:
        raise Refused(413, "REQUEST_TOO_LARGE", f"the document has more than {LARGEST_DOCUMENT} bytes")
    kind = media_type.split(";")[0].strip().lower()
    if kind != "application/pdf" and not kind.startswith("image/"):
        raise Refused(415, "MEDIA_TYPE_UNKNOWN", "only PDF and pictures are read here")
    return _lines(pages or draw, body, kind, recognize or tesseract)


def _lines(pages: Pages, body: bytes, kind: str, recognize: Recognize) -> Iterator[str]:
    try:
        for number, png in enumerate(pages(body, kind), start=1):
            yield json.dumps({"pages": [{"page": number, "markdown": recognize(png).replace("\x0c", "").strip()}]}) + "\n"
        yield json.dumps({"end": True}) + "\n"
    except subprocess.TimeoutExpired:
        yield _failure("PAGE_TOO_SLOW", transient=True)
    except FileNotFoundError:
        yield _failure("OCR_MISSING", transient=True)
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller reads the document itself
        print("could not read a document:", type(error).__name__, flush=True)
        yield _failure("DOCUMENT_DAMAGED", transient=False)


def _failure(code: str, *, transient: bool) -> str:
    return json.dumps({"error": {"code": code, "transient": transient}}) + "\n"


def draw(body: bytes, kind: str) -> Iterator[bytes]:
    """One page at a time, so that a long scan does not fill the memory."""
    if kind == "application/pdf":
        import pypdfium2

        document = pypdfium2.PdfDocument(body)
        try:
            for number in range(min(len(document), MOST_PAGES)):
                width, height = document[number].get_size()
                scale = min(DPI / 72, (MOST_PIXELS / max(1.0, width * height)) ** 0.5)
                yield _png(document[number].render(scale=scale).to_pil())
        finally:
            document.close()
        return
    import PIL.Image
    from PIL import ImageSequence

    PIL.Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with PIL.Image.open(io.BytesIO(body)) as image:
        for frame in ImageSequence.Iterator(image):
            yield _png(frame.convert("RGB"))


def _png(image: Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", dpi=(DPI, DPI))
    return buffer.getvalue()


def tesseract(png: bytes) -> str:
    """The program reads standard input and writes nothing to disk."""
    done = subprocess.run(["tesseract", "stdin", "stdout", "-l", "eng"], input=png, capture_output=True, check=True, timeout=SECONDS_A_PAGE, env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"})
    return done.stdout.decode("utf-8", "replace")
