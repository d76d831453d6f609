"""What tests share: data folders of their own, and dbt on top of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from dagster_project.settings import PROJECT, Settings, default_shop

# Tests land files and read them at once; how long files must have been left alone is tested by itself.
os.environ.setdefault("LIFECYCLE_SETTLED_SECONDS", "0")

#: The file in which dbt keeps what it has read of its project, with the default settings of a shop.
PARSED = "partial_parse.msgpack"

SHARED_DATA = PROJECT.parent / "shared" / "data"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an empty data folder, which the environment names as well."""
    folder = tmp_path / "data"
    monkeypatch.setenv("LIFECYCLE_DATA", str(folder))
    monkeypatch.setenv("LIFECYCLE_HASH_KEY", "key-of-the-tests")
    return Settings()


@pytest.fixture(scope="module")
def new_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    """Makes empty data folders for shops that dbt builds.

    dbt reads its whole project for a new path, which takes 15 seconds. So the folders of all modules are at
    the same few paths, one module after the other, and dbt goes on from what it read there before. They are
    put aside at the end of the module.
    """
    places = tmp_path_factory.getbasetemp() / "shops"
    given: list[Path] = []

    def make() -> Path:
        data = places / f"shop_{len(given)}"
        given.append(data)
        target = Settings(data=data).dbt_target
        target.mkdir(parents=True)
        if parsed_at(data).exists():
            shutil.copyfile(parsed_at(data), target / PARSED)
        return data

    yield make
    for data in given:
        parsed = Settings(data=data).dbt_target / PARSED
        if parsed.exists() and has_defaults(data / "shop.yml"):
            shutil.copyfile(parsed, parsed_at(data))
        data.rename(tmp_path_factory.mktemp("shop") / "data")


def parsed_at(data: Path) -> Path:
    """Where what dbt has read of its project is kept for the next data folder at this path."""
    return data.with_suffix(f".{PARSED}")


def has_defaults(shop_yml: Path) -> bool:
    """Whether a shop changes no setting: with another one dbt would read its project anew."""
    given = yaml.safe_load(shop_yml.read_text(encoding="utf-8")) if shop_yml.exists() else None
    return default_shop() | (given or {}) == default_shop()


@pytest.fixture
def shared_data() -> Path:
    """Real data beside the checkout; tests that need it are skipped where it is absent."""
    if not SHARED_DATA.exists():
        pytest.skip("real data is not beside this checkout (../shared/data)")
    return SHARED_DATA
