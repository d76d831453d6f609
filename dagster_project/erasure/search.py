"""Looks through the whole data folder for identifiers of erased persons, whatever the file and its encoding.

Files are opened as what they are: Parquet, DuckDB and SQLite by their values, gzip and zip by their files.
All are read as bytes too, so that free blocks and remains are seen: as UTF-8, as CP932 and as UTF-16.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import sqlite3
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.erasure.texts import IDENTIFIER, PART, Finder, is_distinctive
from dagster_project.settings import Settings

#: Bytes that are looked at together; the overlap is longer than any identifier.
CHUNK = 8 << 20
OVERLAP = 512

GZIP, ZIP, PARQUET, SQLITE = b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"SQLite format 3\0"
DUCKDB = b"DUCK"
DUCKDB_AT = 8

#: What dbt makes of the project alone, whose unit tests have made-up persons with numbers like real ones.
OF_PROJECT = {"manifest.json", "semantic_manifest.json", "partial_parse.msgpack", "graph.gpickle"}

#: Distinct ids of a file that are remembered, so that each is looked up once.
REMEMBERED = 1_000_000

#: Distinct values of a column that are looked at together.
VALUES = 10_000


@dataclass
class Search:
    """What a search saw: files, bytes, and how many identifiers of each kind in which file."""

    files: int = 0
    bytes: int = 0
    found: dict[str, Counter[str]] = field(default_factory=dict)


def search(settings: Settings, finder: Finder) -> Search:
    """Looks through all files of the data folder."""
    result = Search()
    for folder, _, names in os.walk(settings.data):
        for name in sorted(names):
            file = Path(folder) / name
            is_of_project = file.parent == settings.dbt_target and name in OF_PROJECT
            if not file.is_file() or file.is_symlink() or is_of_project:
                continue
            result.files += 1
            result.bytes += file.stat().st_size
            found = found_in_file(file, finder)
            if found:
                result.found[str(file.relative_to(settings.data))] = found
    return result


def found_in_file(file: Path, finder: Finder) -> Counter[str]:
    """How many distinct identifiers of each kind are in a file."""
    found: set[tuple[str, str]] = set()
    ids: set[str] = set()
    for text in texts_of(file):
        found |= {(each.kind, text[each.begin : each.end]) for each in finder.emails(text)}
        found |= {(each.kind, text[each.begin : each.end]) for each in finder.phones(text)}
        whole = set(IDENTIFIER.findall(text))
        new = {part for each in whole for part in PART.findall(each)} | whole
        new -= ids
        found |= {(known[0], each) for each in new if is_distinctive(each) and (known := finder.id(each))}
        ids = ids | new if len(ids) < REMEMBERED else new
    return Counter(kind for kind, _ in found)


def texts_of(file: Path) -> Iterator[str]:
    """All that a file holds, as texts."""
    with file.open("rb") as stream:
        head = stream.read(32)
    if head[:4] == PARQUET:
        yield from parquet_texts(file)
    elif head[DUCKDB_AT : DUCKDB_AT + 4] == DUCKDB:
        yield from duckdb_texts(file)
    elif head.startswith(SQLITE):
        yield from sqlite_texts(file)
        yield from sqlite_remains(file)
    with file.open("rb") as stream:
        yield from bytes_texts(iter(lambda: stream.read(CHUNK), b""))
    if head.startswith(GZIP):
        yield from gzip_texts(file)
    if head.startswith(ZIP):
        yield from zip_texts(file.read_bytes())


def bytes_texts(chunks: Iterable[bytes]) -> Iterator[str]:
    """Bytes as texts: as UTF-8, as CP932 where they are no UTF-8, and without the zeros of UTF-16."""
    before = b""
    for chunk in chunks:
        data = before + chunk
        yield data.decode("utf-8", "replace")
        if not is_utf8(data):
            yield data.decode("cp932", "replace")
        if b"\0" in chunk:
            yield data.replace(b"\0", b"").decode("latin-1")
            if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
                yield data.decode("utf-16", "replace")
        before = data[-OVERLAP:]


def is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8, but for a character that is cut at either end."""
    try:
        data[4:-4].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start < OVERLAP // 64
    return True


def gzip_texts(file: Path) -> Iterator[str]:
    """What is compressed in a file, as far as it can be read."""
    try:
        with gzip.open(file, "rb") as stream:
            yield from bytes_texts(iter(lambda: stream.read(CHUNK), b""))
    except (EOFError, OSError, zlib.error):
        return


def zip_texts(data: bytes) -> Iterator[str]:
    """What is in the files of an archive, and in archives in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                inside = archive.read(member)
                yield member.filename
                yield from bytes_texts([inside])
                if inside.startswith(ZIP):
                    yield from zip_texts(inside)
                if inside.startswith(GZIP):
                    yield from bytes_texts([gzip.decompress(inside)])
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError, zlib.error):
        return


def parquet_texts(file: Path) -> Iterator[str]:
    """The values of a Parquet file, and what its footer says of them."""
    try:
        with pq.ParquetFile(file) as opened:
            yield str(opened.schema_arrow.metadata)
            yield from opened.schema_arrow.names
            for batch in opened.iter_batches(VALUES):
                for column in batch.columns:
                    yield from values_texts(column)
    except (pa.ArrowException, OSError):
        return


def values_texts(values: pa.Array) -> Iterator[str]:
    """The values of a column as one text; numbers and times hold nobody, but as texts."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary
    if (
        pa.types.is_floating(values.type)
        or pa.types.is_boolean(values.type)
        or pa.types.is_temporal(values.type)
    ):
        return
    yield "\n".join(str(value) for value in values.to_pylist() if value is not None)


def duckdb_texts(file: Path) -> Iterator[str]:
    """The values of all tables of a DuckDB database, and the comments on them.

    One that another process has open, or that is damaged, is read as bytes only.
    """
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name, table_name, sql, comment from duckdb_tables()"
            ).fetchall()
            columns = connection.execute(
                "select schema_name, table_name, column_name from duckdb_columns()"
                " where data_type = 'VARCHAR'"
                " or data_type like '%[]' or data_type like 'STRUCT%' or data_type like 'MAP%'"
            ).fetchall()
            of_tables = {(schema, table) for schema, table, *_ in tables}
            for _, _, sql, comment in tables:
                yield f"{sql} {comment}"
            for schema, table, column in columns:
                if (schema, table) in of_tables:
                    cursor = connection.execute(
                        f'select distinct cast("{column}" as varchar) from "{schema}"."{table}"'
                        f' where "{column}" is not null'
                    )
                    while rows := cursor.fetchmany(VALUES):
                        yield "\n".join(value for (value,) in rows)
    except duckdb.Error:
        return


def sqlite_texts(file: Path) -> Iterator[str]:
    """The values of all tables of a SQLite database."""
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    except sqlite3.Error:
        return
    try:
        names = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in names:
            cursor = connection.execute(f'select * from "{table}"')
            while rows := cursor.fetchmany(VALUES):
                for row in rows:
                    yield "\n".join(
                        value if isinstance(value, str) else value.decode("utf-8", "replace")
                        for value in row
                        if isinstance(value, str | bytes)
                    )
    except sqlite3.Error:
        return
    finally:
        connection.close()


def sqlite_remains(file: Path) -> Iterator[str]:
    """What SQLite leaves of deleted rows: the type of a text, one byte or two, stands right before it."""
    text = file.read_bytes().decode("latin-1")
    for length in (1, 2):
        yield re.sub(rf"([\x00-\x1f][^\x00-\x1f]{{{length}}})", r"\1 ", text)
