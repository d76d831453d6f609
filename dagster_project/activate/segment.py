"""What is said about a segment beside its SQL: names, channel and destinations, from its dbt yml."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Self

import duckdb
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dagster_project.activate.destination import NAME_PATTERN, Channel, problems_of, read_yaml
from dagster_project.settings import DBT

SEGMENTS = DBT / "models" / "segments"


class SegmentError(ValueError):
    """A segment whose metadata cannot be used; the message names the file, the key and the problem."""


class Segment(BaseModel):
    """A segment's metadata; `config.meta` may hold more than is read here.

    Attributes:
        name: The name of its dbt model.
        channel: By which its persons are to be reached, unless the destination has a channel of its own.
        destinations: For which files are written.
        variants: Whether it is one list for each value of its column `variant`, such as each category.
        history: Whether it is known since when somebody is a member; without, files leave that out, as it
            would be another day every day.
        control_share: The share of its persons that is held back, if it is not the shop's.
        definition_sha256: Of its SQL file: tells lists of different definitions apart.
    """

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=NAME_PATTERN)
    name_ja: str
    name_en: str
    channel: Channel
    destinations: tuple[str, ...]
    variants: bool = False
    history: bool = True
    control_share: float | None = Field(default=None, ge=0, lt=1)
    definition_sha256: str

    def for_variant(self, variant: str) -> Self:
        """The list of one variant, named as in segment_members.

        Raises:
            SegmentError: When the variant cannot be part of a folder's name.
        """
        if not re.fullmatch(r"\w+", variant):
            raise SegmentError(f"{self.name}: variant: {variant!r} is more than letters, digits and _")
        names = {
            "name": f"{self.name}_{variant}",
            "name_ja": f"{self.name_ja}：{variant}",
            "name_en": f"{self.name_en}: {variant}",
        }
        return self.model_copy(update=names)


def read_segments(folder: Path = SEGMENTS) -> dict[str, Segment]:
    """Reads the metadata of all segments, by name.

    Args:
        folder: Where `<segment>.sql` and `<segment>.yml` lie.

    Raises:
        SegmentError: On a missing or unusable value, or a yml without its SQL; the message names both.
    """
    segments = [segment for file in sorted(folder.glob("*.yml")) for segment in segments_in(file)]
    return {segment.name: segment for segment in segments}


def segments_in(file: Path) -> list[Segment]:
    """The segments that a yml describes."""
    models = read_yaml(file, SegmentError).get("models") or []
    return [segment_from(file, model) for model in models]


def segment_from(file: Path, model: dict[str, Any]) -> Segment:
    """One segment from its entry under `models`."""
    sql = file.with_name(f"{model.get('name')}.sql")
    if not sql.exists():
        raise SegmentError(f"{file}: name: there is no {sql.name} beside it")
    meta = (model.get("config") or {}).get("meta") or {}
    definition = {
        "name": sql.stem,
        "definition_sha256": hashlib.sha256(sql.read_bytes()).hexdigest(),
    }
    try:
        return Segment(**meta | definition)
    except ValidationError as error:
        raise SegmentError(f"{file}: config.meta: {problems_of(error)}") from error


def lists_of(connection: duckdb.DuckDBPyConnection, segment: Segment) -> list[Segment]:
    """The lists that a segment is: itself, or one for each variant that ever had a member.

    Args:
        connection: With the warehouse attached as `warehouse`.
        segment: One of `read_segments`.
    """
    if not segment.variants:
        return [segment]
    query = f"select distinct variant from warehouse.segments.{segment.name} order by variant"
    return [segment.for_variant(variant) for (variant,) in connection.execute(query).fetchall()]
