"""The rows in force of the feeds, from the lake's Parquet to frames, and how the results are written.

Texts that few rows differ in are read as categories, amounts as whole ten-thousandths and exchange rates as
whole hundred-millionths, the last digits of the lake's DECIMALs: so sums are exact.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray

from dagster_project.ingest.contracts import Feed, read_contracts
from dagster_project.ingest.lake import PARTITION, schema_of

Frames = dict[str, pd.DataFrame]
Whole = NDArray[np.int64]

#: What stands for a missing time.
MISSING = np.iinfo(np.int64).min

#: The columns of each feed that the heart reads: the key first, and before other times that of the event.
COLUMNS = {
    "carts": "cart_id device_id customer_id _email created_at updated_at order_id",
    "consents": "consent_id customer_id _email occurred_at",
    "customers": "customer_id _email _phone line_user_id created_at",
    "email_events": "event_id customer_id _email channel campaign_id event occurred_at",
    "fx_rates": "rate_date currency rate",
    "identity_rules": "rule_id kind _identifier_a _identifier_b",
    "leads": "lead_id customer_id _email device_id kind created_at",
    "loyalty_points": "entry_id customer_id occurred_at",
    "marketing_spend": "spend_date platform campaign_id",
    "order_items": "order_id line_no product_id quantity unit_price discount",
    "orders": "order_id customer_id _email _phone device_id ordered_at updated_at status channel store_id"
    " currency subtotal discount shipping tax total coupon_code payment_method campaign_id is_test",
    "products": "product_id kind unit_cost",
    "referrals": "referral_id referrer_customer_id _referee_email referee_customer_id created_at",
    "refunds": "refund_id order_id refunded_at amount",
    "reviews": "review_id customer_id _email rating created_at",
    "sessions": "session_id device_id customer_id _email started_at duration_s landing_page source medium"
    " campaign_id device_type pageviews product_views add_to_carts checkouts searches video_views"
    " tracking_views currency viewed_products",
    "social_mentions": "mention_id customer_id occurred_at sentiment",
    "support_tickets": "ticket_id customer_id _email order_id opened_at",
    "surveys": "response_id customer_id _email order_id survey responded_at score",
}
CATEGORIES = frozenset(
    "status channel store_id currency coupon_code payment_method campaign_id kind event source medium"
    " landing_page device_type sentiment survey product_id platform viewed_products _file".split()
)
#: What orders the versions of a key, the last one in force.
VERSION = ["delivery", "_file", "_row"]
#: In a row group; with fewer every group repeats most of a dictionary.
ROWS = 10**7
BUSINESS_DAYS = {"fx_rates": "rate_date", "marketing_spend": "spend_date"}


def read_shop(lake: Path, as_of: date) -> Frames:
    """The rows in force of all feeds of `COLUMNS`, by feed."""
    contracts = read_contracts()
    return {feed: rows_in_force(lake, contracts[feed], as_of) for feed in COLUMNS}


def rows_in_force(lake: Path, feed: Feed, as_of: date) -> pd.DataFrame:
    """One row per key of a feed: its last version to as_of, unless that withdraws it or lies after as_of."""
    columns = COLUMNS[feed.name].split()
    event_time = feed.event_time or BUSINESS_DAYS.get(feed.name)
    source, known = files_of(lake, feed), ds.field(PARTITION) <= as_of
    table = source.to_table([*columns, "deleted"], filter=known)
    keep = pc.invert(pc.fill_null(table["deleted"], False)).to_numpy()
    if event_time:
        keep &= pc.less_equal(pc.cast(table[event_time], pa.date32()), as_of).to_numpy()
    key = combined([pd.factorize(table[name].to_pandas())[0] for name in feed.keys])
    again = np.flatnonzero(np.bincount(key)[key] > 1)
    if len(again):
        versions = source.to_table(VERSION, filter=known).take(again).to_pandas().astype({"_file": str})
        versions.insert(0, "key", key[again])
        last = versions.sort_values(VERSION).drop_duplicates("key", keep="last").index
        keep[np.delete(again, last)] = False
    return as_frame(table.select(columns).filter(keep), as_of)


def files_of(lake: Path, feed: Feed) -> ds.Dataset:
    """The files of a feed, those without a column of its contract included."""
    schema = pa.schema([*schema_of(feed), (PARTITION, pa.date32())])
    for place, field in enumerate(schema):
        if field.name in CATEGORIES and field.name not in feed.keys:
            schema = schema.set(place, field.with_type(pa.dictionary(pa.int32(), pa.string())))
    partition = ds.partitioning(pa.schema([(PARTITION, pa.date32())]), flavor="hive")
    return ds.dataset(lake / feed.name, schema, format="parquet", partitioning=partition)


def as_frame(table: pa.Table, as_of: date) -> pd.DataFrame:
    """A table in pandas, decimals as whole numbers; an `updated_at` after as_of is null."""
    for place, field in enumerate(table.schema):
        column = table[field.name]
        if pa.types.is_decimal(field.type):
            units = pa.scalar(10**field.type.scale, pa.decimal128(field.type.scale + 1, 0))
            column = pc.cast(pc.multiply(column, units), pa.int64())
        elif pa.types.is_boolean(field.type):
            column = pc.fill_null(column, False)
        elif field.name == "updated_at":
            column = pc.if_else(pc.less_equal(pc.cast(column, pa.date32()), as_of), column, None)
        table = table.set_column(place, field.name, column)
    frame: pd.DataFrame = table.unify_dictionaries().to_pandas(date_as_object=False, split_blocks=True)
    return frame


def combined(codes: list[Whole]) -> Whole:
    """A number from 0 on for each combination of the codes of a row, each -1 or more."""
    group = pd.factorize(codes[0])[0]
    for code in codes[1:]:
        group = pd.factorize(group * (code.max(initial=-1) + 2) + code + 1)[0]
    return group


def ordered(keys: list[Whole], text: pd.Series) -> Whole:
    """The places of rows in the order of whole numbers and, where all of these are equal, of a text."""
    order = np.lexsort(keys[::-1])
    same = np.logical_and.reduce([np.diff(key[order]) == 0 for key in keys])
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    rows = order[tied]
    group = np.cumsum(np.append(True, ~same))[tied]
    texts = pd.DataFrame({"group": group, "text": text.array.take(rows)})
    order[tied] = rows[texts.sort_values(["group", "text"]).index]
    return order


def number_within(group: Whole) -> Whole:
    """The number of each row in its group from 1 on; the rows of a group are neighbours."""
    places = np.arange(len(group))
    begins = np.append(True, np.diff(group) != 0)[: len(group)]
    return places - np.maximum.accumulate(np.where(begins, places, 0)) + 1


def keys_of(frame: pd.DataFrame) -> pd.Series:
    """The keys of a feed's rows."""
    return frame.iloc[:, 0]


def times_of(frame: pd.DataFrame) -> Whole:
    """The times of a feed's rows, in microseconds since 1970."""
    return microseconds(frame.select_dtypes("datetime").iloc[:, 0])


def microseconds(times: pd.Series) -> Whole:
    """Times since 1970; a missing one is the least number."""
    return times.to_numpy("datetime64[us]").astype(np.int64)


def coded(codes: ArrayLike, texts: ArrayLike) -> pd.Series:
    """A column of texts told by their places among `texts`, null for -1; written without being unfolded."""
    places = pa.array(np.asarray(codes, np.int32), mask=np.asarray(codes) < 0)
    values = pa.DictionaryArray.from_arrays(places, pa.array(texts, pa.string()))
    return pd.Series(pd.arrays.ArrowExtensionArray(values))


def write(frames: Frames, folder: Path) -> None:
    """Writes each frame as Parquet of its name, all at once."""
    folder.mkdir(parents=True, exist_ok=True)

    def write_one(name: str) -> None:
        table = pa.Table.from_pandas(frames[name], preserve_index=False).replace_schema_metadata()
        names = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
        options = {"use_dictionary": names, "dictionary_pagesize_limit": 2**30, "row_group_size": ROWS}
        pq.write_table(table, folder / f"{name}.parquet", **options)

    with ThreadPoolExecutor() as threads:
        list(threads.map(write_one, frames))
