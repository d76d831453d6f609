"""What a day can do without is left out and said, and nobody's values with it."""

from __future__ import annotations

import duckdb
import pytest

from dagster_project.left_out import as_lines, left_out_if_failing, reason


def test_the_rest_goes_on_and_what_was_left_out_is_said(caplog: pytest.LogCaptureFixture):
    left_out: dict[str, str] = {}
    with left_out_if_failing("merge report", left_out):
        raise ValueError("no report")
    with left_out_if_failing("another", left_out):
        pass
    assert as_lines(left_out) == "merge report: ValueError: no report"
    assert "merge report: left out: ValueError: no report" in caplog.text


def test_an_interrupted_run_is_no_step_that_is_left_out():
    with pytest.raises(KeyboardInterrupt), left_out_if_failing("step", {}):
        raise KeyboardInterrupt


def test_a_reason_shows_nobodys_values():
    with pytest.raises(duckdb.Error) as raised:
        duckdb.sql("select 'taro@example.jp'::int").fetchall()
    assert reason(raised.value).startswith("ConversionException: ")
    assert "taro" not in reason(raised.value)
    assert (
        reason(FileNotFoundError(2, "No such file or directory", "/home/taro")) == "No such file or directory"
    )
