"""Values of libraries that a runner doesn't import: tables, pictures, arrays, retrieved nodes."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from llama_index.core import Response
from llama_index.core.schema import NodeWithScore, TextNode
from PIL import Image

from inspectors.recording.values import LIMIT, PROMPT_LIMIT, preview

ROOT = Path(__file__).parents[2]


def png(width: int = 8, height: int = 4) -> bytes:
    """A PNG file."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, format="PNG")
    return buffer.getvalue()


def test_a_data_frame_is_a_table_with_its_types() -> None:
    frame = pd.DataFrame(
        {
            "month": pd.to_datetime(["2026-01-01", None]),
            "sum": [1.5, float("nan")],
            "paid": [True, False],
            "desk": ["north", None],
            "count": pd.array([3, None], dtype="Int64"),
        }
    )
    made = preview(frame)
    assert made["columns"] == ["month", "sum", "paid", "desk", "count"]
    assert made["$table"] == [["2026-01-01 00:00:00", 1.5, True, "north", 3], [None, None, False, None, None]]
    assert (made["rows"], made["index"], made["type"]) == (2, None, "DataFrame")
    assert made["types"][1:3] == ["float64", "bool"]
    assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_labels_of_rows_and_composed_columns_are_kept_as_text() -> None:
    columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])
    frame = pd.DataFrame([[1, 2]], columns=columns, index=pd.Index(["first"], name="who"))
    made = preview(frame)
    assert (made["columns"], made["index"]) == (["a / x", "a / y"], ["first"])
    series = preview(pd.Series([1, 2], index=["north", "south"], name="paid"))
    assert (series["columns"], series["index"], series["$table"]) == (["paid"], ["north", "south"], [[1], [2]])


def test_a_huge_frame_is_cut_and_says_how_large_it_was() -> None:
    frame = pd.DataFrame(np.arange(1_000_000).reshape(5_000, 200))
    made = preview(frame, PROMPT_LIMIT)
    assert (made["rows"], made["width"], len(made["$table"]), len(made["columns"])) == (5_000, 200, 2_000, 100)
    assert len(json.dumps(preview(frame))) < 2 * LIMIT


def test_columns_that_hold_secrets_are_masked() -> None:
    made = preview(pd.DataFrame({"user": ["a"], "api_key": ["sk-1"], "tokens": [3]}))
    assert made["$table"] == [["a", {"$masked": True}, 3]]
    nested = preview(pd.DataFrame({"row": [{"password": "hunter2"}]}))
    assert "hunter2" not in json.dumps(nested)


def test_pictures_are_kept_where_there_is_room() -> None:
    made = preview({"picture": png()}, PROMPT_LIMIT)["picture"]
    assert (made["$image"], made["width"], made["height"]) == ("image/png", 8, 4)
    assert base64.b64decode(made["data"]) == png()
    noise = np.random.default_rng(1).integers(0, 255, (900, 900, 3), dtype=np.uint8)
    drawn = Image.fromarray(noise)
    buffer = io.BytesIO()
    drawn.save(buffer, format="PNG")
    large = preview(buffer.getvalue(), PROMPT_LIMIT)
    assert "data" not in large and large["bytes"] == len(buffer.getvalue())
    smaller = preview(drawn, PROMPT_LIMIT)
    assert (smaller["width"], smaller["height"]) == (900, 900), "its own size, however small it is kept"
    assert Image.open(io.BytesIO(base64.b64decode(smaller["data"]))).size == (400, 400)
    assert preview(drawn) == {"$image": "image/png", "width": 900, "height": 900}, "no room in a record"


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "F", "I;16"])
def test_pil_images_of_any_mode(mode: str) -> None:
    assert preview(Image.new(mode, (4, 4)), PROMPT_LIMIT)["data"]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"GIF89a\x03\x00\x02\x00", "image/gif"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
    ],
)
def test_kinds_are_known_by_their_first_bytes(data: bytes, kind: str) -> None:
    for value in (data, bytearray(data), memoryview(data)):
        assert preview(value)["$image"] == kind
    assert preview(b"plain bytes") == {"$bytes": 11}
    assert preview(memoryview(np.zeros((2, 2)))) == {"$bytes": 32}


def test_a_figure_is_drawn_by_its_own_method() -> None:
    class Figure:
        """Stands for matplotlib's, which Stepscope doesn't need to be installed."""

        def savefig(self, target: Any, **options: Any) -> None:
            """Write a PNG."""
            target.write(png())

    Figure.__module__ = "matplotlib.figure"
    assert preview(Figure(), PROMPT_LIMIT)["width"] == 8
    assert "data" not in preview(Figure())


def test_a_library_that_fails_leaves_a_word() -> None:
    class Image:
        """A picture that can't be saved."""

        width = height = 3
        mode = "RGB"

        def save(self, *_: Any, **__: Any) -> None:
            """Fail."""
            raise OSError("disk full")

    Image.__module__ = "PIL.Image"
    assert preview(Image(), PROMPT_LIMIT)["type"].endswith("Image")


def test_numbers_and_arrays_of_numpy_are_numbers_and_lists() -> None:
    assert preview([np.int64(3), np.bool_(True), np.float32(0.5), np.str_("a")]) == [3, True, 0.5, "a"]
    assert preview(np.arange(4).reshape(2, 2)) == [[0, 1], [2, 3]]
    assert preview(np.arange(3_000))[-1] == {"$more": 1_000}
    assert preview(np.zeros((100, 100)))["$repr"] == "array of 100 × 100 float64"


def test_an_answer_of_llama_index_is_its_text_and_its_sources() -> None:
    node = NodeWithScore(node=TextNode(text="Paris is old.", id_="n1", metadata={"file": "paris.txt"}), score=0.83)
    node.node.embedding = [0.1] * 1_000
    made = preview(Response(response="Old.", source_nodes=[node], metadata={"n1": {"file": "paris.txt"}}))
    assert made["response"] == "Old."
    assert made["source_nodes"] == [
        {"score": 0.83, "text": "Paris is old.", "metadata": {"file": "paris.txt"}, "node_id": "n1"}
    ]


def test_decimals_enums_and_deep_structures_stay_readable() -> None:
    class Verdict(Enum):
        """What a reviewer says."""

        GOOD = "good"

    deep: Any = {"verdict": Verdict.GOOD, "sum": Decimal("12.30")}
    for _ in range(8):
        deep = {"down": [deep]}
    assert '"sum": "12.30"' in json.dumps(preview(deep)) and '"verdict": "good"' in json.dumps(preview(deep))


def test_nothing_of_this_imports_what_it_recognises() -> None:
    code = (
        "import sys\n"
        "from inspectors.recording.values import preview\n"
        "preview({'a': [1, b'\\x89PNG\\r\\n\\x1a\\n' + b'0' * 30, object()]})\n"
        "assert not {'pandas', 'numpy', 'PIL', 'matplotlib', 'llama_index'} & set(sys.modules), 'imported'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
