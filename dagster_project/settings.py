"""Where things lie and what the shop has set.

The only module that reads the environment and `shop.yml`. Everything else is handed a `Settings`. The
settings of a shop, their defaults and their comments stand in `dbt/dbt_project.yml` under `vars`; nothing
else names them.
"""

from __future__ import annotations

import re
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
import yaml
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from dagster_project.files import write_text

PROJECT = Path(__file__).resolve().parent.parent
DBT = PROJECT / "dbt"

#: Currencies without a minor unit (ISO 4217), in which amounts are whole.
CURRENCIES_WITHOUT_DECIMALS = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()
)
#: Currencies with three decimals (ISO 4217).
CURRENCIES_WITH_THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())

#: Ten times as fast where libyaml is there; every command reads the files of all segments.
YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: The key of the published pseudonyms when the shop has not set its own.
DEFAULT_HASH_KEY = "customer-lifecycle-warehouse"


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the file, the key and what to do."""


class Settings(BaseSettings):
    """The data folder and everything in it.

    Attributes:
        data: The data folder (`LIFECYCLE_DATA`, default `data/` in the checkout), absolute.
        hash_key: Key of the pseudonyms in the published file (`LIFECYCLE_HASH_KEY`).
        memory_limit: What DuckDB may use (`LIFECYCLE_MEMORY_LIMIT`), such as `8GB` or `75%`.
        settled_seconds: How long a landed file must have been left alone before it is read
            (`LIFECYCLE_SETTLED_SECONDS`), so that none is read that somebody still copies.
    """

    model_config = SettingsConfigDict(env_prefix="LIFECYCLE_", frozen=True, ignored_types=(cached_property,))

    data: Path = Field(default=PROJECT / "data")
    hash_key: str = Field(default=DEFAULT_HASH_KEY, min_length=1, pattern=r"^[^']+$", repr=False)
    memory_limit: str = "75%"
    settled_seconds: float = Field(default=10.0, ge=0)

    def model_post_init(self, _context: object) -> None:
        """Makes the data folder absolute, as dbt and Dagster run elsewhere; refuses what is of no use."""
        data = self.data.expanduser().resolve()
        if set(str(data)) & set("'{}*?["):
            raise ValueError(f"LIFECYCLE_DATA: {data}: choose a path without ' {{ }} * ? [")
        if data.exists() and not data.is_dir():
            raise ValueError(f"LIFECYCLE_DATA: {data}: is no folder; choose another path")
        object.__setattr__(self, "data", data)
        if not re.fullmatch(r"[1-9]\d*(\.\d+)? ?(%|[KMGT]i?B)", self.memory_limit, re.IGNORECASE):
            limit = f"LIFECYCLE_MEMORY_LIMIT: {self.memory_limit}"
            raise ValueError(f"{limit}: is no amount of memory; give one such as 8GB or 75%")

    @property
    def engine(self) -> dict[str, Any]:
        """How DuckDB is opened: what it may use, and where it spills, which holds what people's rows hold."""
        return {"memory_limit": self.memory_limit, "temp_directory": str(self.data / ".spill")}

    @property
    def landing(self) -> Path:
        """Where the shop delivers."""
        return self.data / "landing"

    @property
    def lake(self) -> Path:
        """What was delivered, as Parquet."""
        return self.data / "lake"

    @property
    def translated(self) -> Path:
        """What the door translated from shops' exports into rows of feeds."""
        return self.data / "translated"

    @property
    def quarantine(self) -> Path:
        """What could not be taken, and why."""
        return self.data / "quarantine"

    @property
    def nulled(self) -> Path:
        """Values that could not be read, of rows that were taken without them."""
        return self.data / "nulled"

    @property
    def resolved(self) -> Path:
        """Tables that Python computed between two parts of the dbt build."""
        return self.data / "resolved"

    @property
    def exports(self) -> Path:
        """Segment files."""
        return self.data / "exports"

    @property
    def warehouse(self) -> Path:
        """The database that dbt builds; only one process may open it."""
        return self.data / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """The database that analysts open."""
        return self.data / "published" / "lifecycle.duckdb"

    @property
    def state_file(self) -> Path:
        """What the pipeline knows of itself: as_of."""
        return self.data / "state.json"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own records of runs."""
        return self.data / ".dagster"

    @property
    def dbt_target(self) -> Path:
        """What dbt writes: manifest, compiled SQL, logs."""
        return self.data / ".dbt"

    @property
    def build_mark(self) -> Path:
        """What says by which rules and settings the last finished run built; none before the first."""
        return self.dbt_target / "built.fingerprint"

    @cached_property
    def shop(self) -> dict[str, Any]:
        """The settings of the shop: every var of dbt_project.yml, overridden by shop.yml."""
        return read_shop(self.data / "shop.yml", has_been_run=self.build_mark.exists())

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.shop["time_zone"])

    def now(self) -> datetime:
        """The time in the shop, with its zone."""
        return datetime.now(self.zone)

    def environment(self) -> dict[str, str]:
        """The variables that dbt and Dagster processes need."""
        return {
            "LIFECYCLE_DATA": str(self.data),
            "LIFECYCLE_HASH_KEY": self.hash_key,
            "LIFECYCLE_MEMORY_LIMIT": self.memory_limit,
            "LIFECYCLE_SETTLED_SECONDS": str(self.settled_seconds),
            "DAGSTER_HOME": str(self.dagster_home),
            "DO_NOT_TRACK": "1",
        }

    def dbt_vars(self) -> dict[str, Any]:
        """The vars of a dbt invocation: the shop's settings, and what the folder of segments holds.

        A segment is one SQL file; the model that gathers them learns the names from here, and what it must
        know of a segment's yml, as dbt needs both before it has read the folder.
        """
        segments = segment_metas()
        return {
            **{name: value for name, value in self.shop.items() if name != "sources"},
            "version": version("customer-lifecycle-warehouse"),
            "currency_decimals": currency_decimals(self.shop["currency"]),
            "segment_models": model_names("segments"),
            "segments_with_variants": [name for name, meta in segments.items() if meta.get("variants")],
            "segment_control_shares": {
                name: meta["control_share"] for name, meta in segments.items() if "control_share" in meta
            },
        }


class PushCredentials(BaseSettings):
    """What the tools' APIs ask for, from environment variables of these names in capitals only."""

    model_config = SettingsConfigDict(frozen=True)

    hubspot_token: SecretStr | None = None
    klaviyo_api_key: SecretStr | None = None
    salesforce_instance_url: SecretStr | None = None
    salesforce_client_id: SecretStr | None = None
    salesforce_client_secret: SecretStr | None = None

    def required(self, name: str) -> str:
        """One of them.

        Raises:
            SettingsError: When the variable is not set.
        """
        secret: SecretStr | None = getattr(self, name)
        if secret is None or not secret.get_secret_value().strip():
            raise SettingsError(f"{name.upper()}: set this environment variable to send")
        return secret.get_secret_value().strip()


def currency_decimals(currency: str) -> int:
    """Decimals of the minor unit of a currency (ISO 4217), 2 for most."""
    if currency in CURRENCIES_WITHOUT_DECIMALS:
        return 0
    return 3 if currency in CURRENCIES_WITH_THREE_DECIMALS else 2


def model_names(folder: str) -> list[str]:
    """Names of the dbt models directly in a folder of `dbt/models`, sorted."""
    return sorted(file.stem for file in (DBT / "models" / folder).glob("*.sql"))


def segment_metas() -> dict[str, dict[str, Any]]:
    """`config.meta` of every segment's yml, by the segment's name."""
    files = sorted((DBT / "models" / "segments").glob("*.yml"))
    documents = [yaml.load(file.read_text(encoding="utf-8"), Loader=YAML_LOADER) for file in files]
    models = [model for document in documents for model in document["models"]]
    return {model["name"]: model["config"]["meta"] for model in models}


def default_shop() -> dict[str, Any]:
    """The defaults of all shop settings, from `dbt_project.yml`."""
    return yaml.safe_load((DBT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]


def shop_template() -> str:
    """A `shop.yml` that changes nothing: every setting with its comment and default, commented out."""
    text = (DBT / "dbt_project.yml").read_text(encoding="utf-8")
    section = text.split("\nvars:\n", 1)[1]
    lines = (line[2:] for line in section.splitlines())
    settings = (f"# {line}" if re.match(r"\w+:", line) else line for line in lines)
    head = "# Settings of this shop. Take the '# ' away in front of a line to change its value.\n\n"
    return head + "\n".join(settings) + "\n"


def read_shop(file: Path, *, has_been_run: bool = False) -> dict[str, Any]:
    """Reads `shop.yml` over the defaults; writes a commented one when there is none.

    Args:
        file: The shop's.
        has_been_run: The shop had settings, so a file that is gone is not replaced by the defaults.

    Raises:
        SettingsError: On an unknown key or a value that cannot be used; the message names it. Also when the
            file of a shop that has been run is gone.
    """
    defaults = default_shop()
    if not file.exists():
        if has_been_run:
            raise SettingsError(
                f"{file}: is gone, and its settings decide about every number: put it back, or make an empty"
                " file to go on with the defaults"
            )
        write_text(shop_template(), file)
        return defaults
    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8-sig")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{file}: not readable as YAML in UTF-8: {reason}") from error
    if not isinstance(given, dict):
        raise SettingsError(f"{file}: expected lines 'setting: value', found {type(given).__name__}")
    for key, value in given.items():
        if key not in defaults:
            near = get_close_matches(str(key), defaults, n=1)
            hint = f"perhaps {near[0]}?" if near else "known ones stand in dbt/dbt_project.yml, under vars"
            raise SettingsError(f"{file}: unknown setting '{key}'; {hint}")
        problem = problem_with(key, value, defaults[key])
        if problem:
            raise SettingsError(f"{file}: {key}: {value!r} {problem} (default: {defaults[key]})")
    if given.get("sources"):
        from dagster_project.intake.formats import check_sources  # it needs this module

        check_sources(file, given["sources"])
    shop = defaults | given
    if shop["at_risk_days"] >= shop["churn_days"]:
        raise SettingsError(
            f"{file}: at_risk_days ({shop['at_risk_days']}) must be less than"
            f" churn_days ({shop['churn_days']})"
        )
    return shop


def problem_with(key: str, value: object, default: object) -> str | None:
    """What is wrong with the value of a setting, or None."""
    if isinstance(default, dict):
        return None if isinstance(value, dict) else "is no list of lines 'setting: value'"
    if isinstance(default, str) and not isinstance(value, str):
        return "is no text"
    if key == "time_zone" and value not in available_timezones():
        return "is no IANA time zone, such as Asia/Tokyo"
    if key == "currency" and not re.fullmatch(r"[A-Z]{3}", str(value)):
        return "is no ISO 4217 code, such as JPY"
    if key == "country" and value not in phonenumbers.SUPPORTED_REGIONS:
        return "is no ISO 3166 code, such as JP"
    if isinstance(default, bool):
        return None if isinstance(value, bool) else "is neither true nor false"
    if isinstance(default, int):
        fits = isinstance(value, int) and not isinstance(value, bool) and value >= 1
        return None if fits else "is no whole number of at least 1"
    if isinstance(default, float):
        fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1
        return None if fits else "is no share from 0 to below 1"
    return None
