"""A hundred persons of the sample shop are erased, with a kill in the middle; then the old files come again.

Nothing of them is found by another search than the product's own, and no figure of the past is another.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from dagster_project.erasure.search import OF_PROJECT
from dagster_project.erasure.tombstones import folder, read_tombstones
from dagster_project.ingest.contracts import read_contracts
from dagster_project.sample.generate import generate
from dagster_project.settings import PROJECT, Settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xfail(
        reason="numbers inside other keys are found in files that the readers refuse or spoil, and left: "
        "the command names them and ends with an error (docs/erasure.md)",
    ),
]

#: Columns by which persons, devices or rows of theirs are called: other ones afterwards, and as many.
OF_PERSONS = {
    "customer_id", "device_id", "evidence", "shop_customer_ids", "identifier_hash", "merged_customer_id",
    "message_key", "is_control", "referrer_customer_id", "referee_customer_id", "built_at", "version",
}  # fmt: skip
#: What does change: fits differ in their last digits and break ties by the ids of persons; nobody is
#: congratulated without a birthday; a comment is gone.
CHANGES = {
    "about": None,
    "clv_calibration": None,
    "segment_members": "segment <> 'birthday_month'",
    "segment_sizes": "segment <> 'birthday_month'",
}
CHANGED_COLUMNS = {
    "survey_responses": {"has_comment"},
    # The sample's mail tool makes them of the customer's number.
    "email_events": {"event_id", "message_id"},
    "attribution": {"session_id"},
}


@dataclass
class Erased:
    """The shop before and after, and whom it erased.

    Attributes:
        settings: The shop.
        before: A copy of its published file before.
        landing: A copy of its landing zone before.
        names: Everything that tells a person of those erased.
        output: What the commands said.
    """

    settings: Settings
    before: Path
    landing: Path
    names: list[str]
    output: str


def lifecycle(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dagster_project.cli", *arguments],
        cwd=PROJECT, env=os.environ | settings.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Erased:
    place = tmp_path_factory.mktemp("erasure")
    settings = Settings(data=place / "data", hash_key="key-of-the-tests")
    generate(settings.data, customers=320, days=150, seed=7)
    shutil.rmtree(settings.data / "truth")
    ran = lifecycle(settings, "run", "--day", "max")
    assert ran.returncode == 0, ran.stderr
    before = place / "before.duckdb"
    shutil.copy(settings.published, before)
    shutil.copytree(settings.landing, place / "landing")
    given, names = hundred_persons(settings)
    listed = place / "list.txt"
    listed.write_text("\n".join(given))
    kill_in_the_middle(settings, listed)
    done = lifecycle(settings, "erase", "--file", str(listed))
    assert done.returncode == 0, done.stdout + done.stderr
    return Erased(settings, before, place / "landing", names, ran.stderr + done.stdout + done.stderr)


def hundred_persons(settings: Settings) -> tuple[list[str], list[str]]:
    """One identifier of each, and all that tells them: identifiers, names that are theirs alone."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        connection.execute("""
            create temp table chosen as
            select customer_id, min(identifier_kind || ':' || identifier_value) as given
            from intermediate.int_identifiers
            where identifier_kind in ('email', 'phone', 'shop_customer_id')
            group by customer_id order by count(*) > 3 desc, hash(customer_id) limit 100
        """)
        given = connection.execute("select given from chosen").fetchall()
        identifiers = connection.execute("""
            select identifier_value from intermediate.int_identifiers semi join chosen using (customer_id)
        """).fetchall()
        rows = connection.execute("""
            select customers.name, chosen.customer_id is not null as is_chosen
            from staging.stg_customers as customers
            left join intermediate.int_identifiers as identifiers
                on identifier_kind = 'shop_customer_id' and identifier_value = customers.shop_customer_id
            left join chosen using (customer_id)
            where name is not null
        """).fetchall()
        published = connection.execute("select customer_id from chosen").fetchall()
    names = {name for name, is_chosen in rows if is_chosen} - {
        name for name, is_chosen in rows if not is_chosen
    }
    told = {value for (value,) in [*identifiers, *published]} | names
    assert len(given) == 100
    assert len(names) > 10
    return [text.replace("shop_customer_id:", "customer_id:") for (text,) in given], sorted(told)


def kill_in_the_middle(settings: Settings, listed: Path) -> None:
    """Kills an erasure, and all that it started, when the landing zone is partly rewritten."""
    untouched = {file: file.stat().st_mtime_ns for file in settings.landing.rglob("*") if file.is_file()}
    process = subprocess.Popen(
        [sys.executable, "-m", "dagster_project.cli", "erase", "--file", str(listed)],
        cwd=PROJECT, env=os.environ | settings.environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None:
        if any(file.stat().st_mtime_ns != at for file, at in untouched.items()):
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.01)
    assert process.wait() == -signal.SIGKILL
    journal = json.loads((folder(settings) / "unfinished.json").read_text())
    assert not journal["is_taken_out"]
    assert settings.warehouse.exists()


def dumped(settings: Settings, place: Path) -> Path:
    """All that the data folder holds as text, by other means than the product's."""
    shutil.rmtree(place, ignore_errors=True)
    for file in settings.data.rglob("*"):
        is_of_project = file.parent == settings.dbt_target and file.name in OF_PROJECT
        if not file.is_file() or "removals" in file.parts or is_of_project:
            continue
        target = place / file.relative_to(settings.data)
        target.parent.mkdir(parents=True, exist_ok=True)
        data = file.read_bytes()
        target.write_bytes(data)
        if data[:2] == b"\x1f\x8b":
            target.with_name(f"{target.name}.plain").write_bytes(gzip.decompress(data))
        if data[:4] == b"PAR1":
            target.with_name(f"{target.name}.json").write_text(json_of(f"'{file}'"))
        if data[8:12] == b"DUCK":
            with duckdb.connect(str(file), read_only=True) as connection:
                tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
                for schema, table in tables:
                    text = json_of(f'"{schema}"."{table}"', connection)
                    target.with_name(f"{target.name}.{schema}.{table}.json").write_text(text)
    return place


def json_of(relation: str, connection: duckdb.DuckDBPyConnection | None = None) -> str:
    rows = (
        (connection or duckdb.connect())
        .execute(f"select to_json(t)::varchar from {relation} as t")
        .fetchall()
    )
    return "\n".join(row for (row,) in rows)


def files_that_tell(erased: Erased, place: Path) -> list[str]:
    """Files in which `grep` finds a name, in any encoding and case."""
    patterns = place.with_name("patterns")
    spellings = {spelling for name in erased.names for spelling in (name, name.upper(), quote(name, safe=""))}
    spellings |= {f"0{name[3:]}" for name in erased.names if name.startswith("+81")}
    encoded = {each.encode(encoding, "ignore") for each in spellings for encoding in ("utf-8", "cp932")}
    patterns.write_bytes(b"\n".join(sorted(each for each in encoded if len(each) > 5)))
    dump = dumped(erased.settings, place)
    found = subprocess.run(
        ["grep", "-rlawFf", str(patterns), str(dump)], env={"LC_ALL": "C"}, capture_output=True, check=False
    )
    return found.stdout.decode(errors="replace").splitlines()


def differing(erased: Erased) -> Iterator[str]:
    """Tables that say something else than before, persons apart."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{erased.before}' as before (read_only)")
        connection.execute(f"attach '{erased.settings.published}' as after (read_only)")
        tables = connection.execute(
            "select table_name, list(column_name) from duckdb_columns()"
            " where database_name = 'before' and schema_name = 'marts' group by all"
        ).fetchall()
        assert len(tables) > 40
        for table, columns in tables:
            kept = [name for name in columns if name not in OF_PERSONS | CHANGED_COLUMNS.get(table, set())]
            selected = ", ".join(f'"{name}"' for name in kept)
            where = CHANGES.get(table, "true")
            if where is None:
                continue
            one, other = (
                f"select {selected} from {database}.marts.{table} where {where}"
                for database in ("before", "after")
            )
            query = f"({one} except all {other}) union all ({other} except all {one})"
            if connection.execute(query).fetchall():
                yield table


def test_nothing_of_them_is_found(erased: Erased, tmp_path: Path):
    assert files_that_tell(erased, tmp_path / "dump") == []


def test_the_search_would_find_them(erased: Erased, tmp_path: Path):
    (erased.settings.data / "forgotten.csv").write_text(erased.names[0])
    found = files_that_tell(erased, tmp_path / "dump")
    (erased.settings.data / "forgotten.csv").unlink()
    assert len(found) == 1


def test_no_figure_of_the_past_is_another(erased: Erased):
    assert sorted(differing(erased)) == []


def test_nobody_of_them_is_in_a_list(erased: Erased):
    with duckdb.connect(str(erased.settings.warehouse), read_only=True) as connection:
        (contacts,) = connection.execute(
            "select count(*) filter (where is_erased), count(*) filter (where is_erased and"
            " coalesce(email, phone, line_user_id, shop_customer_id, name) is not null)"
            " from intermediate.int_contacts"
        ).fetchall()
    assert contacts[0] >= 100
    assert contacts[1] == 0
    assert not [
        file
        for file in erased.settings.exports.rglob("*")
        if file.is_file() and b"erased-" in file.read_bytes()
    ]


def test_the_proof_names_nobody(erased: Erased):
    (proof,) = folder(erased.settings).glob("*Z.json")
    told = json.loads(proof.read_text(encoding="utf-8"))
    assert (told["persons"], told["found"], told["left"], told["built_anew"]) == (100, {}, [], True)
    assert told["rewritten"]["rows"]["landing"] > 100
    assert not [name for name in erased.names if len(name) > 5 and name in proof.read_text(encoding="utf-8")]
    assert not [name for name in erased.names if len(name) > 5 and name in erased.output]
    assert not (folder(erased.settings) / "unfinished.json").exists()


def test_the_old_files_bring_nobody_back(erased: Erased, tmp_path: Path):
    settings = erased.settings
    shutil.copytree(erased.landing, settings.landing, dirs_exist_ok=True)
    ran = lifecycle(settings, "run", "--day", "max")
    assert ran.returncode == 0, ran.stderr
    assert files_that_tell(erased, tmp_path / "dump") == []
    assert sorted(differing(erased)) == []


def test_removal_files_go_when_the_tools_have_them(erased: Erased):
    removals = folder(erased.settings)
    assert [*removals.glob("*/removals/*/*/*")]
    done = lifecycle(erased.settings, "erase", "--done")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [*removals.glob("*/removals/*/*/*")] == []
    assert len(read_tombstones(erased.settings)) > 100
    assert read_contracts()
