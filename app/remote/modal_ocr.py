"""OCR on Modal for scanned documents: `modal deploy app/remote/modal_ocr.py`.

Takes the file as the body of a POST with `Authorization: Bearer $OCR_API_KEY` and answers lines of JSON,
`{"pages": [{"page": 1, "markdown": "..."}]}`, then `{"end": true}`. The worker's PARSERS names its address:
`[{"provider": "modal-ocr", "url": "https://...modal.run", "apiKey": "..."}]`.
The key is the Modal secret `ocr-api-key` with the entry OCR_API_KEY.
"""

import hmac
import io
import json
import os

import modal

image = (
    modal.Image.debian_slim(python_version="3.12")
    .apt_install("tesseract-ocr", "tesseract-ocr-eng", "poppler-utils")
    .pip_install("fastapi==0.116.1", "pdf2image==1.17.0", "pillow==11.3.0", "pytesseract==0.3.13")
)
app = modal.App("agent-platform-ocr", image=image)

LARGEST = 50 * 1024 * 1024
DPI = 150


def pages_of(content: bytes, media_type: str):
    """The pages as pictures, one at a time, so that a long scan does not fill the memory."""
    from pdf2image import convert_from_bytes, pdfinfo_from_bytes
    from PIL import Image, ImageSequence

    if media_type == "application/pdf":
        for number in range(1, int(pdfinfo_from_bytes(content)["Pages"]) + 1):
            yield number, convert_from_bytes(content, dpi=DPI, first_page=number, last_page=number)[0]
    else:
        for number, frame in enumerate(ImageSequence.Iterator(Image.open(io.BytesIO(content))), start=1):
            yield number, frame.convert("RGB")


def lines_of(content: bytes, media_type: str):
    """The answer, line by line; an error is a line too, because the status has been sent by then."""
    import pytesseract

    try:
        for number, picture in pages_of(content, media_type):
            text = pytesseract.image_to_string(picture, lang="eng")
            yield json.dumps({"pages": [{"page": number, "markdown": text.replace("\x0c", "").strip()}]}) + "\n"
        yield json.dumps({"end": True}) + "\n"
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller reads the document itself
        print("could not read a document:", type(error).__name__)
        yield json.dumps({"error": {"code": "DOCUMENT_DAMAGED", "transient": False}}) + "\n"


@app.function(cpu=2, memory=2048, timeout=600, max_containers=20, secrets=[modal.Secret.from_name("ocr-api-key")])
@modal.asgi_app()
def ocr():
    """The web endpoint."""
    from fastapi import FastAPI, HTTPException, Request
    from fastapi.responses import StreamingResponse

    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @web.post("/")
    async def read(request: Request):
        if not hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {os.environ['OCR_API_KEY']}"):
            raise HTTPException(401)
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > LARGEST:
                raise HTTPException(413)
        media_type = request.headers.get("content-type", "").split(";")[0].strip()
        return StreamingResponse(lines_of(bytes(content), media_type), media_type="application/x-ndjson")

    return web
