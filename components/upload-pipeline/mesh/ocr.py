"""Reads scanned pages with DeepSeek-OCR on a GPU.

POST / with one image and `Authorization: Bearer $OCR_API_KEY` is answered with lines of JSON, as the worker of the
application asks every parser elsewhere: {"pages": [{"page": 1, "markdown": "…"}]} and then {"end": true}.

Modal calls serve() once for each container and sends requests to the port; the tailnet reaches the same port.
"""

import hmac
import json
import os
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(os.environ.get("PORT", "8090"))
MODEL = os.environ.get("MODEL_DIR", "/models/deepseek-ocr")
LARGEST = 32 * 1024 * 1024
TYPES = {"image/png": ".png", "image/jpeg": ".jpg"}


def load():
    """The model, as a function from the path of an image to Markdown."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL, trust_remote_code=True, local_files_only=True)
    model = AutoModel.from_pretrained(MODEL, trust_remote_code=True, local_files_only=True, use_safetensors=True)
    model = model.eval().cuda().to(torch.bfloat16)
    # The model keeps state while it reads: one page at a time.
    turn = threading.Lock()

    def read(path):
        with turn, tempfile.TemporaryDirectory() as folder:
            return model.infer(
                tokenizer,
                prompt="<image>\n<|grounding|>Convert the document to markdown.",
                image_file=path,
                output_path=folder,
                base_size=1024,
                image_size=640,
                crop_mode=True,
                eval_mode=True,
            )

    return read


def handler(read):
    """Answers requests by `read`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if self.path == "/health":
                self.answer(200, {"status": "ok"})
            else:
                self.answer(404, {"error": {"code": "NOT_FOUND", "message": "There is no such path."}})

        def do_POST(self):
            ending = TYPES.get((self.headers.get("Content-Type") or "").split(";")[0].strip())
            size = self.headers.get("Content-Length") or ""
            if self.path != "/":
                return self.refuse(404, "NOT_FOUND", "There is no such path.")
            if not hmac.compare_digest((self.headers.get("Authorization") or "").encode(), f"Bearer {os.environ['OCR_API_KEY']}".encode()):
                return self.refuse(401, "NOT_SIGNED_IN", "The key is missing or wrong.")
            if ending is None:
                return self.refuse(415, "NOT_AN_IMAGE", "Send one page as image/png or image/jpeg.")
            if not size.isdigit():
                return self.refuse(411, "NO_LENGTH", "Content-Length is missing.")
            if int(size) > LARGEST:
                return self.refuse(413, "TOO_LARGE", f"A page may have {LARGEST} bytes.")
            with tempfile.NamedTemporaryFile(suffix=ending) as file:
                file.write(self.rfile.read(int(size)))
                file.flush()
                try:
                    text = read(file.name)
                except Exception as error:  # noqa: BLE001  whatever the model throws at one page must not end the server
                    self.log_error("%s", repr(error))
                    return self.lines({"error": {"code": "DOCUMENT_DAMAGED", "transient": False}})
            self.lines({"pages": [{"page": 1, "markdown": text or ""}]}, {"end": True})

        def refuse(self, status, code, message):
            # The body was not read, so the connection cannot be used again.
            self.close_connection = True
            self.answer(status, {"error": {"code": code, "message": message}})

        def lines(self, *lines):
            self.send(200, "application/x-ndjson", "".join(json.dumps(line) + "\n" for line in lines).encode())

        def answer(self, status, body):
            self.send(status, "application/json", json.dumps(body).encode())

        def send(self, status, kind, data):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format, *args):
            print(json.dumps({"level": "info", "msg": format % args}), flush=True)

    return Handler


def join_tailnet():
    """In user space: what arrives for this node is handed to the same port of the container."""
    key = os.environ.get("TS_AUTHKEY")
    if not key:
        return
    subprocess.Popen(["tailscaled", "--tun=userspace-networking", "--state=mem:", "--socket=/tmp/tailscaled.sock"])
    subprocess.run(
        [
            "tailscale", "--socket=/tmp/tailscaled.sock", "up", f"--auth-key={key}",
            f"--hostname={os.environ['TS_HOSTNAME']}", f"--advertise-tags={os.environ['TS_TAGS']}",
        ],
        check=True,
        timeout=60,
    )


def serve(read=None):
    """Starts the server and returns, as Modal's web servers do."""
    server = ThreadingHTTPServer(("0.0.0.0", PORT), handler(read or load()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    join_tailnet()
    return server
