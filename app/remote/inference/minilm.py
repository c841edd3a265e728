"""The embedding model that the application has too: the same file, so vectors of both fit together."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

MAX_TOKENS = 256
"""What the model was trained with."""


class MiniLM:
    """all-MiniLM-L6-v2 by ONNX Runtime, from the folder that `npm run up` makes (app/models/minilm)."""

    def __init__(self, folder: str | None = None) -> None:
        import numpy
        import onnxruntime
        from tokenizers import Tokenizer

        where = Path(folder or os.environ.get("MODEL_DIR", "/models/minilm"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._numpy = numpy
        self._session = onnxruntime.InferenceSession(str(where / "model.onnx"), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(where / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self.name: str = json.loads((where / "manifest.json").read_text())["model"]
        self._masked = any(each.name == "attention_mask" for each in self._session.get_inputs())
        self.dimensions: int = len(self.encode(["ready"])[0])

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        """One text at a time: a batch gains nothing on a CPU and would make a vector depend on its neighbours."""
        return [self._encode(text) for text in texts]

    def _encode(self, text: str) -> list[float]:
        ids = self._numpy.array([self._tokenizer.encode(text).ids], dtype=self._numpy.int64)
        (vector,) = self._session.run(["embedding"], {"input_ids": ids, **({"attention_mask": self._numpy.ones_like(ids)} if self._masked else {})})
        return vector.reshape(-1).tolist()
