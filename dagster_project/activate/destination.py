"""What a destination wants: the vocabulary of `destinations/<destination>.yml`, validated.

A new destination is one such file and no code. Columns are SQL over one row per member: `customer_id`,
`member_since`, `segment`, `segment_name_ja`, `segment_name_en`, `stage_ja`, `tier_ja`, the contact columns of
`int_contacts` and every column of `marts.customers`; `money(amount)` rounds to the smallest unit of the
currency. An e-mail, phone number or LINE id is only there when the destination names it in `addresses`, so
that consent for one channel never carries the address of another.
"""

from __future__ import annotations

import hashlib
import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import duckdb
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

DESTINATIONS = Path(__file__).parent / "destinations"

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"


class DestinationError(ValueError):
    """A destination file that cannot be used; the message names the file, the key and the problem."""


class Channel(StrEnum):
    """What a person consents to."""

    EMAIL = "email"
    SMS = "sms"
    LINE = "line"
    PUSH = "push"
    ADS = "ads"


class Address(StrEnum):
    """By what a destination reaches or recognises a person."""

    EMAIL = "email"
    PHONE = "phone"
    LINE_USER_ID = "line_user_id"
    SHOP_CUSTOMER_ID = "shop_customer_id"
    CUSTOMER_ID = "customer_id"


#: The addresses of a channel, for destinations that take the channel of the segment. A push goes to an
#: account of the shop's app, and an ad to whomever the platform recognises by e-mail or phone.
CHANNEL_ADDRESSES = {
    Channel.EMAIL: (Address.EMAIL,),
    Channel.SMS: (Address.PHONE,),
    Channel.LINE: (Address.LINE_USER_ID,),
    Channel.PUSH: (Address.SHOP_CUSTOMER_ID,),
    Channel.ADS: (Address.EMAIL, Address.PHONE),
}


def one_expression(text: str) -> str:
    """Refuses text that is not one SQL expression, before any data is touched."""
    try:
        number = len(duckdb.extract_statements(f"select ({text}\n)"))
    except duckdb.ParserException as error:
        raise ValueError(f"is no SQL expression ({str(error).splitlines()[0]})") from error
    if number != 1:
        raise ValueError("is more than one SQL expression")
    return text


Expression = Annotated[str, AfterValidator(one_expression)]


class Strict(BaseModel):
    """Unknown keys are errors: a misspelt limit must not be a limit that is not there."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Api(StrEnum):
    """An API that lists can be sent to, by the extra `push`."""

    HUBSPOT = "hubspot"
    KLAVIYO = "klaviyo"
    SALESFORCE = "salesforce"


class Labels(Strict):
    """A column's name in both languages."""

    ja: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Column(Strict):
    """One column of a destination's files.

    Attributes:
        name: Its header, or one for each language; `{segment}` in it stands for the segment's name.
        value: SQL over the member's columns.
        normalise: The form in which the destination compares the value; also what is hashed.
        hash: `sha256` = lower-case hexadecimal, without salt; an empty value stays empty.
        identifier: Never altered: where spreadsheets would run it as a formula it is left out instead.
        when_removed: The text of this column in `removed` files. Without it the column is in `removed` only
            when it is part of the key.
        property: Its name in the tool's API, where that is not the header.
        longest: Characters that the tool takes; a longer value is cut there, and counted.
        longest_name: Characters that the tool takes of the header, in ASCII; a longer one is shortened.
    """

    name: str | Labels
    value: Expression
    normalise: Literal["email", "google_email", "phone_digits", "name"] | None = None
    hash: Literal["sha256"] | None = None
    identifier: bool = False
    when_removed: str | None = None
    property: str | None = None
    longest: int | None = Field(default=None, ge=1)
    longest_name: int | None = Field(default=None, ge=10)

    def for_segment(self, segment: str) -> Self:
        """The column as it is headed in the files of a segment."""
        if isinstance(self.name, str):
            name = shortened(self.name.replace("{segment}", segment), self.longest_name)
            return self.model_copy(update={"name": name})
        return self

    def label(self, language: str) -> str:
        """The header of the column in a language."""
        if isinstance(self.name, str):
            return self.name
        return self.name.ja if language == "ja" else self.name.en


def shortened(name: str, longest: int | None) -> str:
    """A name that a tool takes: one that is too long, or not ASCII, ends in a mark of the whole name.

    So two long names that begin alike stay two.
    """
    if longest is None or (len(name) <= longest and name.isascii()):
        return name
    beginning = re.sub(r"[^A-Za-z0-9_]", "", name)[: longest - 7].rstrip("_")
    return f"{beginning}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"


class Destination(Strict):
    """How a tool wants its files.

    Attributes:
        name: The file's name without `.yml`.
        documentation: Where the tool says what it takes.
        format: `csv` is any delimited text, also one value per line.
        extension: Ending of the file names, without the dot.
        header: Language of the header line; `none` for files without one.
        opened_by: `people` neutralises what a spreadsheet would run as a formula.
        channel: Consent that is required; `segment` = the segment's own channel.
        addresses: By what the destination reaches a person, and all that it is given of that kind;
            `channel` = the addresses of the channel. Whoever has none is left out; an address goes to one
            person only.
        usable: A further SQL condition on the contact columns; who fails it has no usable address.
        key: Columns (English names) by which the destination recognises a row.
        rows_per_file: Longer lists are split.
        bytes_per_file: Larger files are split; of the text before compression.
        minimum_audience: Below it the destination refuses the list or does not deliver to it.
        file_name: With `{file}` (full, added, removed, changed), `{part}` (empty, or `-001` …) and
            `{extension}`, and optionally `{segment}`.
        push: The API that takes the same rows; who leaves a list is marked in columns with `when_removed`.
    """

    name: str = Field(pattern=NAME_PATTERN)
    title_ja: str
    title_en: str
    documentation: str | None = None
    format: Literal["csv", "parquet"]
    extension: str = Field(pattern=r"^[a-z0-9]+$")
    encoding: Literal["utf-8", "utf-8-sig", "cp932"] = "utf-8"
    delimiter: Literal[",", "\t", ";", "|"] = ","
    line_ending: Literal["lf", "crlf"] = "lf"
    quoting: Literal["minimal", "all", "none"] = "minimal"
    header: Literal["en", "ja", "none"] = "en"
    compression: Literal["none", "zip"] = "none"
    opened_by: Literal["people", "machines"]
    channel: Channel | Literal["segment"]
    addresses: tuple[Address, ...] | Literal["channel"] = Field(min_length=1)
    usable: Expression = "true"
    key: tuple[str, ...] = Field(min_length=1)
    columns: tuple[Column, ...] = Field(min_length=1)
    rows_per_file: int | None = Field(default=None, ge=1)
    bytes_per_file: int | None = Field(default=None, ge=1024)
    minimum_audience: int = Field(default=0, ge=0)
    file_name: str = Field(
        default="{file}{part}.{extension}",
        pattern=r"^([\w-]|\{segment\})*\{file\}([\w-]|\{segment\})*\{part\}\.\{extension\}$",
    )
    push: Api | None = None

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        """Refuses keys that contradict each other."""
        names = [column.label("en").lower() for column in self.columns]
        if len(set(names)) < len(names):
            raise ValueError("columns: the same name twice")
        unknown = [name for name in self.key if name not in self.column_names]
        if unknown:
            raise ValueError(f"key: no column is called {', '.join(unknown)}")
        if self.quoting == "none" and len(self.columns) > 1:
            raise ValueError("quoting: 'none' needs a single column")
        if self.push and (len(self.key) > 1 or not any(column.when_removed for column in self.columns)):
            raise ValueError("push: needs one key column, and a column with when_removed")
        if self.format == "parquet" and (self.bytes_per_file or self.compression != "none"):
            raise ValueError("format: parquet knows neither bytes_per_file nor compression")
        return self

    @property
    def column_names(self) -> list[str]:
        """The columns by their English names, in file order."""
        return [column.label("en") for column in self.columns]

    @property
    def key_sha256(self) -> str:
        """Identifies how rows are recognised; lists with different ones cannot be compared."""
        columns = [column for column in self.columns if column.label("en") in self.key]
        return sha256_of([column.model_dump(mode="json", exclude={"property"}) for column in columns])

    @property
    def sha256(self) -> str:
        """Identifies the whole definition."""
        return sha256_of(self.model_dump(mode="json"))

    def for_segment(self, segment: str) -> Self:
        """The destination with its columns as they are headed in the files of a segment."""
        columns = tuple(column.for_segment(segment) for column in self.columns)
        return self.model_copy(update={"columns": columns})

    def is_identifier(self, column: Column) -> bool:
        """Whether a column must never be altered."""
        return column.identifier or column.label("en") in self.key

    def channel_for(self, segment_channel: Channel) -> Channel:
        """The channel whose consent a person must have given."""
        return self.channel if isinstance(self.channel, Channel) else segment_channel

    def addresses_for(self, segment_channel: Channel) -> tuple[Address, ...]:
        """By what persons are reached, given the segment's channel."""
        if self.addresses == "channel":
            return CHANNEL_ADDRESSES[self.channel_for(segment_channel)]
        return self.addresses


def sha256_of(value: object) -> str:
    """SHA-256 of a value's JSON, in hexadecimal."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read_yaml(file: Path, error: type[ValueError]) -> dict[str, Any]:
    """Reads a YAML file of `key: value` lines.

    Raises:
        ValueError: Of the given type, naming the file, when it holds anything else.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise error(f"{file}: not readable as YAML in UTF-8: {problem}") from problem
    if not isinstance(content, dict):
        raise error(f"{file}: expected lines 'key: value'")
    return content


def problems_of(error: ValidationError) -> str:
    """What is wrong, key by key, as one line without the values."""
    return "; ".join(
        ": ".join(filter(None, [".".join(map(str, problem["loc"])), problem["msg"]]))
        for problem in error.errors(include_input=False, include_url=False)
    )


def read_destinations(folder: Path = DESTINATIONS) -> dict[str, Destination]:
    """Reads all destinations, by name.

    Args:
        folder: Where the `<destination>.yml` lie.

    Raises:
        DestinationError: On an unknown key or a value that cannot be used; the message names file and key.
    """
    return {file.stem: read_destination(file) for file in sorted(folder.glob("*.yml"))}


def read_destination(file: Path) -> Destination:
    """Reads one destination; its name is the file's."""
    content = read_yaml(file, DestinationError)
    if "name" in content:
        raise DestinationError(f"{file}: name: is the name of the file and stands nowhere else")
    try:
        return Destination(name=file.stem, **content)
    except ValidationError as error:
        raise DestinationError(f"{file}: {problems_of(error)}") from error
