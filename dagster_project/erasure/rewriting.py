"""A delivered file with other records, in its own form: delimiter, encoding, compression, archive.

Of text files every byte of the other records stays. Parquet is written anew with the same columns; a workbook
becomes one with the first sheet alone, which is all that is read of it, and texts for cells.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dagster_project.erasure.tombstones import ErasureError
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.csv_reading import Lines, read_header
from dagster_project.ingest.decoding import CHUNK_BYTES, DAMAGE, find_encoding, open_text, readable
from dagster_project.ingest.header import FeedHeader, Header
from dagster_project.ingest.json_reading import find_shape, lines_of
from dagster_project.ingest.landing import extension_of
from dagster_project.ingest.parquet_reading import as_text
from dagster_project.ingest.reading import Form, form_of
from dagster_project.ingest.records import rows_at_once
from dagster_project.ingest.spreadsheet_reading import sheet_rows
from dagster_project.ingest.unpacking import GZIP, Part, begins_with, open_archive

#: What a record that is no row becomes: a broken quote in delimited text; in JSON a text, which is no object.
NO_ROW = '"erased"erased'
NO_OBJECT = '"erased"'

#: What changes in a row: column to its new text, None for empty.
Changes = Mapping[str, str | None]

#: The columns of a sheet are called A to Z, then AA.
LETTERS = 26

#: What XML cannot hold.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

#: The parts of a workbook beside its sheet.
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET = "xl/worksheets/sheet1.xml"
WORKBOOK = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/{SHEET}" ContentType="{TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


class NotRewritten(ErasureError):
    """A file whose records cannot be written anew; it stays as it was."""


@dataclass(frozen=True)
class Record:
    """A row that changes: the line on which it begins, its text, its values, and what becomes of them."""

    line: int
    raw: str
    values: Mapping[str, str | None]
    changes: Changes

    @property
    def new_values(self) -> list[str]:
        """Its values in the order of the columns, those that are empty as empty texts."""
        return [self.changes.get(name, text) or "" for name, text in self.values.items()]


@dataclass
class Rewriting:
    """What becomes of a file of rows.

    Attributes:
        rows: Rows that change, by the row's number in the file, from 1.
        refused: Records that are no rows and name an erased person: the line, and the text as it is shown.
        erased: Numbers of the rows that carry an erased identifier, or are otherwise an erased person's.
    """

    rows: dict[int, Record] = field(default_factory=dict)
    refused: dict[int, tuple[int, str]] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)

    @property
    def changes(self) -> int:
        """How many records change."""
        return len(self.rows) + len(self.refused)

    @property
    def gone(self) -> set[int]:
        """Numbers of the records of which quarantine must not keep a text."""
        return self.erased | set(self.rows) | set(self.refused)


def write_part(part: Part, plain: Path, target: Path, feed: Feed, rewriting: Rewriting, folder: Path) -> None:
    """Writes a file of rows with its changed records.

    Args:
        part: The file.
        plain: The same, compressed no more.
        target: The file to write, compressed no more.
        feed: The contract.
        rewriting: What changes.
        folder: Where a sheet may be unpacked.

    Raises:
        NotRewritten: When a record cannot be told apart again, or does not stand where it was read.
    """
    header = FeedHeader(feed)
    form = form_of(plain, extension_of(part.member or part.name))
    if form is Form.TEXT:
        write_csv(plain, target, header, rewriting)
    elif form is Form.JSON:
        write_json(plain, target, header, rewriting)
    elif form is Form.PARQUET:
        write_parquet(plain, target, header, rewriting)
    else:
        write_workbook(plain, target, rewriting, folder)


def write_delivered(file: Path, target: Path, finished: Mapping[str | None, Path]) -> None:
    """Writes a delivered file with its finished files of rows: of an archive by their paths in it.

    Args:
        file: The file as it was delivered.
        target: The file to write, for the owner only.
        finished: The new files of rows; that of a file that is no archive under None.
    """
    target.unlink(missing_ok=True)
    target.touch(0o600)
    if None in finished:
        copy_packed(finished[None], target, is_gzip=begins_with(file, GZIP))
        return
    with open_archive(file) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            info = zipfile.ZipInfo(member.filename, member.date_time)
            info.compress_type, info.external_attr = member.compress_type, member.external_attr
            source = finished.get(member.filename)
            with old.open(member) as was, new.open(info, "w", force_zip64=True) as packed:
                is_gzip = was.peek(len(GZIP)).startswith(GZIP)  # type: ignore[attr-defined]
                if source is None:
                    shutil.copyfileobj(was, packed, CHUNK_BYTES)
                elif is_gzip:
                    packed.write(gzip.compress(source.read_bytes(), mtime=0))
                else:
                    with source.open("rb") as plain:
                        shutil.copyfileobj(plain, packed, CHUNK_BYTES)


def copy_packed(plain: Path, target: Path, *, is_gzip: bool) -> None:
    """Copies a file, compressed when the one was whose place it takes."""
    with plain.open("rb") as source, target.open("wb") as stream:
        if not is_gzip:
            shutil.copyfileobj(source, stream, CHUNK_BYTES)
            return
        with gzip.GzipFile("", "wb", fileobj=stream, mtime=0) as packed:
            shutil.copyfileobj(source, packed, CHUNK_BYTES)


def line_end(raw: str) -> str:
    """The line end that a record's text has, if it has one."""
    return raw[len(raw.rstrip("\r\n")) :]


@contextmanager
def writing(file: Path, target: Path) -> Iterator[TextIO]:
    """Opens the new form of a text file in the encoding of the old one, its damaged bytes included."""
    encoding = find_encoding(file)
    if encoding == "utf-16" and begins_with(file, codecs.BOM_UTF16_BE):
        encoding = "utf-16-be"
    errors = DAMAGE if encoding.startswith("utf-8") else "strict"
    with target.open("w", encoding=encoding, errors=errors, newline="") as text:
        if encoding == "utf-16-be":
            text.write("\ufeff")
        yield text


def write_csv(file: Path, target: Path, header: Header, rewriting: Rewriting) -> None:
    """Writes a delimited text: where a changed record begins, its new text takes the place of its lines."""
    with open_text(file) as text:
        delimiter = read_header(Lines(text), header).delimiter
    records = {each.line: (each.raw, csv_record(each, delimiter)) for each in rewriting.rows.values()}
    records |= {line: (raw, NO_ROW) for line, raw in rewriting.refused.values()}
    with open_text(file) as text, writing(file, target) as new:
        lines = Lines(text)
        for line in lines:
            if lines.number not in records:
                new.write(line)
                continue
            raw, record = records[lines.number]
            taken = line
            while len(readable(taken)) < len(raw):
                taken += next(lines, "") or raw
            if readable(taken).rstrip("\r\n") != raw.rstrip("\r\n"):
                raise NotRewritten("has a record that does not stand where it was read")
            new.write(record + line_end(taken))


def csv_record(record: Record, delimiter: str) -> str:
    """The text of a row of a delimited text with its new values, without its line end.

    Delimiters at the end of a line are as many as they were.

    Raises:
        NotRewritten: When its values are not those of its text.
    """
    fields = next(csv.reader(io.StringIO(record.raw, newline=""), delimiter=delimiter, strict=True))
    values = [text or "" for text in record.values.values()]
    padded = fields + [""] * (len(values) - len(fields))
    if padded[: len(values)] != values:
        raise NotRewritten("has a record whose fields cannot be told apart again")
    new = (record.new_values + fields[len(values) :])[: len(fields)]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="").writerow(new)
    return written.getvalue()


def write_json(file: Path, target: Path, header: Header, rewriting: Rewriting) -> None:
    """Writes a JSON file; whatever is between its records, and every record that does not change, stays."""
    find_records = find_shape(file, header)
    with open_text(file) as text, open_text(file) as again, writing(file, target) as new:
        # Lines are copied one by one; a document that is no lines is held in memory.
        document = "" if find_records is lines_of else again.read()
        at, line_before = 0, 0
        for row, (line, raw) in enumerate(find_records(text), 1):
            changed = json_text(row, raw, header, rewriting)
            if find_records is lines_of:
                for _ in range(line - line_before - 1):
                    new.write(again.readline())
                again.readline()
                line_before = line
                new.write(changed)
                continue
            begin = document.index(raw, at)
            new.write(document[at:begin] + changed)
            at = begin + len(raw)
        new.write(document[at:] if document else again.read())


def json_text(row: int, raw: str, header: Header, rewriting: Rewriting) -> str:
    """The text of a record of a JSON file, new if it changes."""
    if row in rewriting.refused:
        return NO_OBJECT + line_end(raw)
    if row not in rewriting.rows:
        return raw
    changes = rewriting.rows[row].changes
    for name, begin, end in reversed(list(members(raw, header))):
        if name in changes:
            raw = raw[:begin] + json.dumps(changes[name], ensure_ascii=False) + raw[end:]
    return raw


def members(raw: str, header: Header) -> Iterator[tuple[str, int, int]]:
    """The members of a JSON object: the name as ingestion calls it, and where its value begins and ends."""
    decoder = json.JSONDecoder()
    at = raw.index("{") + 1
    while True:
        at = skip(raw, at, " \t\r\n,")
        if raw[at] == "}":
            return
        name, at = decoder.raw_decode(raw, at)
        begin = skip(raw, at, " \t\r\n:")
        _, at = decoder.raw_decode(raw, begin)
        yield header.column(name).replace("\0", "") or "unnamed", begin, at


def skip(text: str, at: int, characters: str) -> int:
    """The first place from `at` on that has none of these characters."""
    while text[at] in characters:
        at += 1
    return at


def write_parquet(file: Path, target: Path, header: Header, rewriting: Rewriting) -> None:
    """Writes a Parquet file with its changed rows; a column that gets pseudonyms becomes one of texts."""
    changes = {row: record.changes for row, record in rewriting.rows.items()}
    with pq.ParquetFile(file) as old:
        names = header.names(old.schema_arrow.names, 1) or []
        texts = {name for change in changes.values() for name, value in change.items() if value is not None}
        schema = pa.schema(
            [
                pa.field(kept.name, pa.string() if name in texts else kept.type)
                for name, kept in zip(names, old.schema_arrow, strict=True)
            ]
        )
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            first = 1
            for batch in old.iter_batches(rows_at_once(len(names))):
                columns = [
                    column_with(column, name, first, changes, is_text=name in texts)
                    for name, column in zip(names, batch.columns, strict=True)
                ]
                writer.write_batch(pa.record_batch(columns, schema=schema))
                first += batch.num_rows


def column_with(
    values: pa.Array, name: str, first: int, changes: Mapping[int, Changes], *, is_text: bool
) -> pa.Array:
    """A column of rows that begin with number `first`, with what changes in it."""
    if is_text:
        values = as_text(values)
    places = [
        (number - first, change[name])
        for number, change in changes.items()
        if first <= number < first + len(values) and name in change
    ]
    if not places:
        return values
    mask = [False] * len(values)
    new: list[str | None] = [None] * len(values)
    for at, value in places:
        mask[at], new[at] = True, value
    return pc.if_else(pa.array(mask), pa.array(new, values.type), values)


def write_workbook(file: Path, target: Path, rewriting: Rewriting, folder: Path) -> None:
    """Writes a workbook of the rows of the first sheet, each with its number and its cells as texts."""
    new_cells = {record.line: record.new_values for record in rewriting.rows.values()}
    refused = {line for line, _ in rewriting.refused.values()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in WORKBOOK.items():
            archive.writestr(name, content)
        with sheet_rows(file, folder) as rows, archive.open(SHEET, "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for line, cells in rows:
                texts = ["erased" if cell else "" for cell in cells] if line in refused else cells
                sheet.write(sheet_row(line, new_cells.get(line, texts)).encode())
            sheet.write(b"</sheetData></worksheet>")


def sheet_row(line: int, cells: list[str]) -> str:
    """A row of a sheet as XML; an empty cell is not there."""
    written = [
        f'<c r="{letters(at)}{line}" t="inlineStr"><is><t xml:space="preserve">{in_xml(text)}</t></is></c>'
        for at, text in enumerate(cells)
        if text
    ]
    return f'<row r="{line}">{"".join(written)}</row>'


def in_xml(text: str) -> str:
    """A text as XML holds it; a carriage return would come back as a line feed."""
    return escape(NOT_IN_XML.sub("", text), {"\r": "&#13;"})


def letters(at: int) -> str:
    """What the column of a sheet at a position, from 0, is called."""
    before, last = divmod(at, LETTERS)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)
