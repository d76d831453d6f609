"""Files that are still written: they wait, and hold back nobody else."""

import os
import threading
import time

import dagster as dg
import pytest
from ingest_shop import DAY, FEEDS, Shop

from dagster_project.assets.ingest import metadata, read_pending, shown_columns
from dagster_project.ingest.landing import FileStatus
from dagster_project.ingest.waiting import PATIENCE, seconds_to_settle, settle, waiting_deliveries
from dagster_project.sensors import request_for
from dagster_project.settings import Settings

HOUR = 3_600
NOW = 1_800_000_000.0
CSV = "product_id,name\np1,a\n"


def status(written, changed):
    return FileStatus("a.csv", 1, int(written * 1e9), int(changed * 1e9))


@pytest.mark.parametrize(
    ("written", "changed", "left"),
    [
        (NOW - 100, NOW - 100, -90),
        (NOW - 1, NOW - 1, 9),
        (NOW - 10, NOW - 10, 0),
        (NOW - 5 * HOUR, NOW, 10 - 5 * HOUR),
        (NOW + 9 * HOUR, NOW, HOUR),
        (NOW + 9 * HOUR, NOW - HOUR, 0),
        (NOW + 60, NOW, 70),
        (NOW + 9 * HOUR, NOW + 9 * HOUR, 0),
    ],
)
def test_how_long_a_file_waits(written, changed, left):
    assert seconds_to_settle(status(written, changed), NOW, 10) == pytest.approx(left, abs=0.01)


def test_a_file_whose_time_lies_ahead_holds_back_itself_only(tmp_path):
    shop = Shop(tmp_path)
    ahead = shop.land("products", CSV)
    shop.land("orders", "order_id\n")
    now = time.time()
    os.utime(ahead, (now + 9 * HOUR, now + 9 * HOUR))
    waiting = waiting_deliveries(shop.settings, FEEDS, DAY)
    assert len(waiting) == 2
    assert isinstance(request_for(waiting, now), dg.SkipReason)
    alone = [delivery for delivery in waiting if delivery.feed == "orders"]
    assert request_for(waiting, now + 60).run_key == request_for(alone, now + 60).run_key
    later = request_for(waiting, now + HOUR + 60)
    assert isinstance(later, dg.RunRequest) and later.run_key != request_for(alone, now + 60).run_key


def test_a_run_waits_until_a_file_is_whole(tmp_path):
    shop = Shop(tmp_path)
    file = shop.land("products", CSV)
    settings = Settings(data=tmp_path, settled_seconds=0.4)

    def copy():
        with file.open("a") as target:
            for number in range(2, 12):
                target.write(f"p{number},a\n")
                target.flush()
                time.sleep(0.1)

    copying = threading.Thread(target=copy)
    copying.start()
    (report,) = read_pending(settings, FEEDS["products"], DAY, [DAY])
    copying.join()
    assert report.taken == 11


def test_a_run_leaves_a_file_to_the_next_one_that_is_not_finished_in_time(tmp_path, caplog):
    shop = Shop(tmp_path)
    file = shop.land("products", CSV)
    settings = Settings(data=tmp_path, settled_seconds=10)
    clock = [time.time()]
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        clock[0] += seconds
        os.utime(file, (clock[0], clock[0]))  # somebody goes on writing

    assert not settle(settings, FEEDS["products"], DAY, clock=lambda: clock[0], sleep=sleep)
    assert 10 < sum(slept) <= PATIENCE
    os.utime(file, (time.time() + 9 * HOUR, time.time() + 9 * HOUR))
    assert list(read_pending(settings, FEEDS["products"], DAY, [DAY])) == []
    assert "the next run reads them" in caplog.text


def test_names_of_columns_that_may_be_values_are_counted_only():
    names = ["colour", "送料", "taro@example.jp", "東京都千代田区 1-1", "x" * 41, "a" * 40]
    assert shown_columns(names) == f"colour, 送料, {'a' * 40}, 3 more, whose names are not shown"
    assert shown_columns(["a b"]) == "1 more, whose names are not shown"


def test_what_was_not_read_is_told_to_dagster_without_values(tmp_path):
    shop = Shop(tmp_path)
    shop.land("products", "product_id,unit_cost,taro@secret.jp\np1,secret,secret\n,1,secret\n")
    found = metadata([shop.read("products")])
    rows = [each.data for each in found["not_read"].records]
    assert [(row["file"], row["line"], row["column"], row["became"], row["rows"]) for row in rows] == [
        (f"products/{DAY}/a.csv", 2, "unit_cost", "nulled", 1),
        (f"products/{DAY}/a.csv", 3, "product_id", "quarantined", 1),
    ]
    assert "secret" not in repr(found)
