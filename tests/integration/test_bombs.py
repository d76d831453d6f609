"""Small files that would fill the memory: each is quarantined whole, and the day goes on.

Each is read in a process of its own whose greatest memory is measured.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_shop import DAY, Shop
from packed_files import workbook

PEAK = 1 << 30

HEAD = b"product_id,name\n"
GOOD = "product_id,name\np1,a\n"

MEASURE = """
    import json, resource, sys
    from datetime import date
    from pathlib import Path
    from dagster_project.ingest.contracts import read_contracts
    from dagster_project.ingest.delivery import ingest_delivery
    from dagster_project.settings import Settings
    report = ingest_delivery(Settings(), read_contracts()["products"], date.fromisoformat(sys.argv[1]))
    # Of this program alone: ru_maxrss begins with what the parent had when it forked.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak = max(int(status["VmHWM"].split()[0]), of_children) * 1024
    reasons = [reason for _, reason in report.reasons]
    print(json.dumps([report.delivered, report.taken, report.quarantined, reasons, peak]))
"""


def repeated(first: bytes, again: bytes, times: int) -> bytes:
    """A gzip of a text that says the same many times."""
    packed = io.BytesIO()
    with gzip.open(packed, "wb") as stream:
        stream.write(first)
        for _ in range(times):
            stream.write(again)
    return packed.getvalue()


def archive(name: str, content: bytes, times: int) -> bytes:
    """A zip of one file that says the same many times."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files,
        files.open(name, "w", force_zip64=True) as stream,
    ):
        for _ in range(times):
            stream.write(content)
    return packed.getvalue()


def lying_archive() -> bytes:
    """A zip whose directory says that the file in it is small."""
    packed = bytearray(archive("a.csv", b"p1,a\n" * 200_000, 500))
    at = packed.rindex(b"PK\x01\x02")
    packed[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(packed)


def parquet_of_one_long_value() -> bytes:
    """Fifty thousand rows of one text of a megabyte, which is written once."""
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 50_000, pa.int32()), ["x" * 1_000_000])
    written = io.BytesIO()
    pq.write_table(pa.table({"product_id": [f"p{n}" for n in range(50_000)], "name": values}), written)
    return written.getvalue()


def workbook_with_a_far_cell() -> bytes:
    """A sheet whose only other cell stands in the last corner."""
    return workbook(
        [],
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        b"</sheetData></worksheet>",
    )


BOMBS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "lines of a gzip": ("b.csv.gz", lambda: repeated(HEAD, b"p,a\n" * 250_000, 600), "unpacks to more"),
    "one line": ("b.csv.gz", lambda: repeated(HEAD, b"x" * 1_000_000, 60), "has a line of more than"),
    "one quoted field": ("b.csv", lambda: HEAD + b'p,"' + b"x" * 60_000_000, "has a line of more than"),
    "delimiters": ("b.csv", lambda: HEAD + b"," * 20_000_000, "has a line of more than"),
    "columns": (
        "b.csv",
        lambda: b"product_id" + b",c" * 500_000,
        "has no header that can be read",
    ),
    "json line": ("b.jsonl", lambda: b'{"product_id": "' + b"x" * 60_000_000 + b'"}\n' * 2, "has a line of"),
    "json value": ("b.json", lambda: b'[{"product_id": "' + b"x" * 60_000_000 + b'"}]', "is a broken JSON"),
    "json depth": ("b.json", lambda: b"[" * 5_000_000, "is a broken JSON"),
    "json names": ("b.jsonl", lambda: b"\n".join(b'{"c%d": 1}' % n for n in range(500_000)), "has more than"),
    "zip": ("b.zip", lambda: archive("a.csv", b"p1,a\n" * 200_000, 500), "unpacks to more"),
    "zip that lies": ("b.zip", lying_archive, "is a broken, cut off"),
    "zip of many": ("b.zip", lambda: many_files(), "is an archive of more than"),
    "parquet": ("b.parquet", parquet_of_one_long_value, "has more than 1,000 times its size"),
    "workbook": ("b.xlsx", workbook_with_a_far_cell, "is no workbook that can be read"),
    "workbook of millions": ("b.xlsx", lambda: big_workbook(), "has no header"),
}


def many_files() -> bytes:
    """A zip of thousands of files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        for number in range(2_000):
            files.writestr(f"{number}.csv", GOOD)
    return packed.getvalue()


def big_workbook() -> bytes:
    """A sheet of millions of cells."""
    row = b"<row>" + b'<c t="inlineStr"><is><t>aaaaaaaaaaaaaaaaaaaaaaaa</t></is></c>' * 100 + b"</row>"
    main = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return workbook([], main + row * 60_000 + b"</sheetData></worksheet>")


@pytest.mark.parametrize(("name", "make", "reason"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_quarantined_whole_in_little_memory(
    tmp_path: Path, name: str, make: Callable[[], bytes], reason: str
):
    shop = Shop(tmp_path)
    shop.land("products", GOOD)
    shop.land("products", "", name).write_bytes(make())
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(MEASURE), DAY.isoformat()],
        env=os.environ | {"LIFECYCLE_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    delivered, taken, quarantined, reasons, peak = json.loads(ended.stdout)
    assert peak < PEAK
    assert (delivered, taken, quarantined) == (2, 1, 1)
    assert reasons[0].startswith(reason)
    assert not list((shop.settings.data / ".ingest").iterdir())
