"""The house style as tests: a rule that nobody can run is no rule."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml

from dagster_project.ingest.contracts import read_contracts
from dagster_project.settings import DBT, PROJECT

MODELS = sorted((DBT / "models").rglob("*.sql"))
MAX_LINES = 80

#: What people read about the project; the changelog tells of what was, too.
PAGES = [
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    PROJECT / "DECISIONS.md",
    *sorted((PROJECT / "docs").glob("*.md")),
]

#: What would choose other rows on every run, or is not said by both engines.
FORBIDDEN_SQL = {
    r"\bntile\s*\(": "ntile has no total order",
    r"\bany_value\s*\(": "any_value is not deterministic",
    r"\bcurrent_date\b": "as_of comes from int_as_of",
    r"\btarget\.type\b": "engines differ in macros only",
    r"\b(\w)\.\w+\s*=\s*\b(\w)\.\w+": "no aliases of one letter",
}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_model_reads_like_the_others(model: Path):
    lines = model.read_text(encoding="utf-8").rstrip("\n").splitlines()
    assert re.match(r"-- (One|No) row", lines[0]), "the first line says what one row is: -- One row per …"
    assert len(lines) <= MAX_LINES, f"{len(lines)} lines; an intermediate model would make it easier to read"
    assert lines[-1].strip() == f"select * from {model.stem}", "the last CTE bears the model's name"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_model_is_deterministic_and_portable(model: Path):
    sql = re.sub(r"--.*", "", model.read_text(encoding="utf-8"))
    if model.stem == "about":
        sql = sql.replace("current_timestamp", "")
    for pattern, reason in FORBIDDEN_SQL.items():
        assert not re.search(pattern, sql, re.IGNORECASE), reason


@cache
def described_models() -> dict[str, dict]:
    files = (DBT / "models").rglob("*.yml")
    documents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    return {model["name"]: model for document in documents for model in (document or {}).get("models", [])}


#: A KPI is a line and a row, which describes it; the columns of its family are those of int_kpi_sums.
PYTHON_MODELS = sorted((PROJECT / "dagster_project" / "identity" / "models").rglob("*.py"))
DESCRIBED_IN_YML = [model for model in [*MODELS, *PYTHON_MODELS] if model.parent != DBT / "models" / "kpis"]


@pytest.mark.parametrize("model", DESCRIBED_IN_YML, ids=lambda model: model.stem)
def test_model_and_its_columns_are_described(model: Path):
    entry = described_models().get(model.stem)
    assert entry, "a model has an entry in its folder's yml"
    assert entry.get("description"), "a model has a description"
    undescribed = [column["name"] for column in entry.get("columns", []) if not column.get("description")]
    assert entry.get("columns"), "columns are listed"
    assert not undescribed, f"columns without a description: {undescribed}"


@pytest.mark.parametrize("model", DESCRIBED_IN_YML, ids=lambda model: model.stem)
def test_model_is_held_to_its_rules_in_few_tests(model: Path):
    """Each costs the daily run as much time as a model, so one test says several things."""
    entry = described_models()[model.stem]
    columns = [test for column in entry["columns"] for test in column.get("data_tests", [])]
    named = [
        next(iter(test)) if isinstance(test, dict) else test for test in entry.get("data_tests", []) + columns
    ]
    assert "not_null" not in named, "columns that are always filled are listed under no_nulls"
    assert not {"no_nulls", "one_row_per"} <= set(named), "one_row_per takes no_nulls"
    assert named.count("expression_is_true") <= 1, "expression_is_true takes a list"


def grouped_by(model: Path) -> set[str]:
    """Columns that the last CTE of a table is grouped by, and so is unique in."""
    sql = model.read_text(encoding="utf-8")
    if "built_by_" in sql or "rebuilt_for_touched" in sql:
        return set()
    (last,) = re.findall(rf"\n{model.stem} as \((.*)\n\)", sql, re.DOTALL) or [""]
    grouped = re.search(r"\n    group by ([\w., ]+)$", last)
    return {column.split(".")[-1].strip() for column in grouped.group(1).split(",")} if grouped else set()


INTERMEDIATE = [model for model in MODELS if DBT / "models" / "intermediate" in model.parents]


@pytest.mark.parametrize("model", INTERMEDIATE, ids=lambda model: model.stem)
def test_what_a_group_by_guarantees_is_not_tested_again(model: Path):
    tests = described_models()[model.stem].get("data_tests", [])
    keys = [set(test["one_row_per"]["arguments"]["columns"]) for test in tests if "one_row_per" in test]
    assert not grouped_by(model) or grouped_by(model) not in keys


MARTS = [model for model in MODELS if model.parent.parent == DBT / "models" / "marts"]


@pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart.stem)
def test_mart_is_held_to_the_tables_it_is_made_from(mart: Path):
    tests = [file.read_text(encoding="utf-8") for file in (DBT / "tests").rglob("assert_*.sql")]
    assert any(f"'{mart.stem}'" in test for test in tests), "a mart needs an identity in dbt/tests"


def exposures() -> dict[str, set[str]]:
    entries = yaml.safe_load((DBT / "models" / "_exposures.yml").read_text(encoding="utf-8"))["exposures"]
    return {
        entry["name"]: {re.findall(r"ref\('(\w+)'\)", text)[0] for text in entry["depends_on"]}
        for entry in entries
    }


def test_exposures_name_the_published_file_and_every_destination():
    files = (PROJECT / "dagster_project" / "activate" / "destinations").glob("*.yml")
    assert set(exposures()) == {"published_file", *(file.stem for file in files)}


def test_the_published_file_is_exposed_with_every_mart():
    files = (PROJECT / "seeds" / "reference").glob("*.yml")
    seeds = [seed for file in files for seed in yaml.safe_load(file.read_text(encoding="utf-8"))["seeds"]]
    published = {seed["name"] for seed in seeds if seed.get("config", {}).get("schema") == "marts"}
    assert exposures()["published_file"] == published | {mart.stem for mart in MARTS}


def test_feeds_whose_versions_are_kept_have_a_base_model_of_their_key():
    listed = re.search(
        r"return\((\[[^]]*\])\)", (DBT / "macros" / "versions.sql").read_text(encoding="utf-8")
    )
    bases = {model.stem.removeprefix("base_"): model for model in MODELS if model.stem.startswith("base_")}
    assert listed and sorted(ast.literal_eval(listed.group(1))) == sorted(bases)
    for feed, model in bases.items():
        built = re.search(r"built_by_delivery\((.*)\) }}", model.read_text(encoding="utf-8"))
        assert built, model.stem
        name, key = ast.literal_eval(f"({built.group(1)})")
        keys = (key,) if isinstance(key, str) else tuple(key)
        assert (name, keys) == (feed, read_contracts()[feed].keys)


def test_pyproject_leaves_workspace_yaml_in_charge():
    tools = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert not {"dagster", "dg"} & tools.keys()
    assert "dagster_project.definitions" in (PROJECT / "workspace.yaml").read_text(encoding="utf-8")


def test_dbt_folder_holds_no_python():
    assert not list(DBT.rglob("*.py"))


def test_a_python_model_only_calls_what_its_room_does():
    assert PYTHON_MODELS
    for model in PYTHON_MODELS:
        lines = model.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith('"""One row per '), model
        assert len(lines) <= 20, model


def test_lock_holds_hashes_and_no_addresses():
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    assert "--hash=sha256:" in lock
    assert "://" not in lock


def test_every_python_module_says_what_belongs_in_it():
    for file in (PROJECT / "dagster_project").rglob("*.py"):
        assert file.read_text(encoding="utf-8").startswith('"""'), file.relative_to(PROJECT)


def test_definitions_stay_small():
    assert len((PROJECT / "dagster_project" / "definitions.py").read_text().splitlines()) <= 60


def test_tracked_files_are_small():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    files = [PROJECT / name for name in listed.stdout.split("\0") if name]
    large = [
        str(file.relative_to(PROJECT)) for file in files if file.exists() and file.stat().st_size > 2_000_000
    ]
    assert not large


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_models_and_files_that_are_there(page: Path):
    text = page.read_text(encoding="utf-8")
    models = {file.stem for file in MODELS} | {
        file.stem for file in (PROJECT / "dagster_project" / "identity" / "models").rglob("*.py")
    }
    named = set(re.findall(r"`((?:base|stg|int|kpis_of)_[a-z0-9_]+)`", text))
    assert named <= models
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert link.startswith("https://") or (page.parent / link).exists(), link
