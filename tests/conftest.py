"""What tests share: data folders of their own, and dbt on top of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dagster_project.settings import PROJECT, Settings

# Tests land files and read them at once; how long files must have been left alone is tested by itself.
os.environ.setdefault("LIFECYCLE_SETTLED_SECONDS", "0")

SHARED_DATA = PROJECT.parent / "shared" / "data"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an empty data folder, which the environment names as well."""
    folder = tmp_path / "data"
    monkeypatch.setenv("LIFECYCLE_DATA", str(folder))
    monkeypatch.setenv("LIFECYCLE_HASH_KEY", "key-of-the-tests")
    return Settings()


@pytest.fixture
def shared_data() -> Path:
    """Real data beside the checkout; tests that need it are skipped where it is absent."""
    if not SHARED_DATA.exists():
        pytest.skip("real data is not beside this checkout (../shared/data)")
    return SHARED_DATA
