"""A shop's own formats: which header holds which column of a feed, written in YAML instead of SQL.

    system: till                      # prefix of the ids
    has: [Receipt, Day, Total]        # a file with these headers is of this format
    writes:
      orders:
        order_id: Receipt
        ordered_at: {from: Day, date_order: dmy, time_zone: UTC}
        status: {from: State, words: {done: shipped, open: pending}}
        total: Total
        subtotal: {from: Total, tax_included: 10}
        channel: {value: store}

What is left as `?` is not taken; a mapping that lacks a required column is not in use yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from dagster_project.ingest.contracts import Column, Feed

UNKNOWN = "?"

#: What a column may say beside its header.
KEYS = frozenset("from value words tax_included date_order time_zone".split())

#: Ids that the shop numbers itself, so that an article sold in two systems is one.
OWN_NUMBERS = ("product_id", "campaign_id", "device_id", "store_id", "message_id")

#: Words in headers by which a column is guessed, normalised as headers are.
WORDS = {
    "order_id": (
        "注文番号",
        "受注番号",
        "注文id",
        "売上番号",
        "伝票番号",
        "オーダー番号",
        "orderno",
        "ordernumber",
    ),
    "customer_id": ("会員番号", "会員id", "顧客番号", "顧客id", "お客様番号", "membernumber"),
    "email": ("メール", "mail"),
    "phone": ("電話", "tel"),
    "ordered_at": ("注文日", "受注日", "売上日", "購入日", "オーダー日", "orderdate"),
    "status": ("ステータス", "状態", "状況", "state"),
    "subtotal": ("小計", "商品合計"),
    "total": ("合計", "総額", "請求金額", "金額", "amount"),
    "discount": ("値引", "割引"),
    "shipping": ("送料", "postage"),
    "tax": ("消費税", "税額"),
    "coupon_code": ("クーポン",),
    "payment_method": ("支払方法", "決済方法", "お支払い方法"),
    "line_no": ("行番号", "明細番号", "明細id"),
    "product_id": ("商品コード", "商品番号", "品番", "sku", "itemcode"),
    "quantity": ("数量", "個数", "qty"),
    "unit_price": ("単価", "価格", "price"),
    "name": ("氏名", "名前", "商品名"),
    "created_at": ("登録日", "作成日", "投稿日"),
    "updated_at": ("更新日", "変更日"),
    "category": ("カテゴリ", "分類"),
    "prefecture": ("都道府県",),
    "gender": ("性別",),
    "birth_date": ("生年月日", "誕生日"),
    "spend_date": ("日付", "日"),
    "cost": ("費用", "消化金額", "コスト", "spend"),
    "impressions": ("表示回数", "インプレッション"),
    "clicks": ("クリック",),
    "campaign_name": ("キャンペーン名", "campaign"),
    "rating": ("評価", "星"),
    "body": ("本文", "レビュー", "コメント"),
}


class MappingError(ValueError):
    """A mapping that cannot be used; the message says why."""


def guessed_mapping(system: str, headers: Sequence[str], feed: Feed) -> str:
    """The text of a mapping for a file: what can be guessed by name, and ? where it cannot.

    Args:
        system: Prefix of the ids.
        headers: The file's.
        feed: The feed that its rows are of.
    """
    named = [header.strip() for header in headers if header.strip()]
    guesses = {column.name: _guess(column.name, named) for column in feed.columns}
    lines = [
        f"# What the columns of this export mean, as rows of {feed.name}. Fill in what is {UNKNOWN}, then",
        "# add the file again: files with these headers are known from then on. A line may also be:",
        "#   ordered_at: {from: Day, date_order: dmy}  status: {from: State, words: {ok: paid}}",
        "#   subtotal: {from: Total, tax_included: 10}                   channel: {value: store}",
        f"# The file has: {', '.join(named)}",
        f"system: {_scalar(system)}",
        f"has: {_scalar(sorted({header for header in guesses.values() if header}) or named[:3])}",
        "writes:",
        f"  {feed.name}:",
    ]
    for column in feed.columns:
        must = " # required" if column.is_key or column.is_required else ""
        if column.values:
            must += f" # one of {', '.join(column.values)}"
        guess = guesses[column.name]
        if guess or column.is_key or column.is_required:
            lines.append(f"    {column.name}: {_scalar(guess or UNKNOWN)}{must}")
    return "\n".join(lines) + "\n"


def _scalar(value: object) -> str:
    dumped = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10_000)
    return dumped.removesuffix("\n").removesuffix("...").strip()


def _guess(column: str, headers: Sequence[str]) -> str | None:
    plain = {header: re.sub(r"[\s_\-]", "", header).lower() for header in headers}
    words = (column.replace("_", ""), *WORDS.get(column, ()))
    for word in words:
        found = [header for header, text in plain.items() if word in text]
        if found:
            return min(found, key=len)
    return None


def mapping_options(
    file: Path, mapping: Mapping[str, Any], feeds: Mapping[str, Feed]
) -> dict[str, Any] | None:
    """What the comment block of a format would say; None while a required column is not filled in.

    Raises:
        MappingError: When the mapping names what there is not.
    """
    if not isinstance(mapping, dict) or not mapping.get("system") or not mapping.get("writes"):
        raise MappingError(f"{file}: says no system, or not what it writes")
    used: dict[str, None] = dict.fromkeys(mapping.get("has") or ())
    for feed_name, columns in mapping["writes"].items():
        if feed_name not in feeds:
            raise MappingError(f"{file}: '{feed_name}' is no feed")
        contract = {column.name: column for column in feeds[feed_name].columns}
        for name, entry in columns.items():
            if name not in contract:
                raise MappingError(f"{file}: {feed_name} has no column '{name}'")
            if isinstance(entry, dict) and set(entry) - KEYS:
                raise MappingError(f"{file}: {name}: unknown word '{sorted(set(entry) - KEYS)[0]}'")
            header = _header(entry)
            if header:
                used[header] = None
        missing = [c for c in contract.values() if c.is_key or c.is_required]
        if any(not _is_said(columns.get(column.name)) for column in missing):
            return None
    names = {header: f"column_{number}" for number, header in enumerate(used)}
    has = list(mapping.get("has") or ())
    numbers = next((names[h] for h in _headers_of_type(mapping, feeds, "decimal") if h in names), None)
    return {
        "system": str(mapping["system"]),
        "name": str(mapping.get("name", file.stem)),
        "has": {names[header]: header for header in has},
        "may_have": {names[header]: header for header in used if header not in has},
        "numbers": numbers,
        "sections": tuple(_sections(mapping, feeds, names)),
    }


def _is_said(entry: object) -> bool:
    return entry not in (None, UNKNOWN) and (not isinstance(entry, dict) or entry.get("from") != UNKNOWN)


def _header(entry: object) -> str | None:
    header = entry.get("from") if isinstance(entry, dict) else entry
    return str(header) if header not in (None, UNKNOWN) else None


def _headers_of_type(mapping: Mapping[str, Any], feeds: Mapping[str, Feed], kind: str) -> Iterator[str]:
    for feed, columns in mapping["writes"].items():
        types = {column.name: column.data_type for column in feeds[feed].columns}
        for name, entry in columns.items():
            header = _header(entry)
            if header and types[name].startswith(kind):
                yield header


def _sections(
    mapping: Mapping[str, Any], feeds: Mapping[str, Feed], names: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    for feed_name, columns in mapping["writes"].items():
        feed = feeds[feed_name]
        types = {column.name: column for column in feed.columns}
        said = {name: entry for name, entry in columns.items() if _is_said(entry)}
        selected = [f'{_value(types[name], entry, names)} as "{name}"' for name, entry in said.items()]
        keys = ", ".join(f'"{key}"' for key in feed.keys)
        # A file may have a row per line of an order: the columns of the order are those of its first row.
        yield (
            "feed",
            feed_name,
            f"select _row, {', '.join(selected)} from rows"
            f" qualify row_number() over (partition by {keys} order by _row) = 1",
        )


def _value(column: Column, entry: object, names: Mapping[str, str]) -> str:
    if isinstance(entry, dict) and "value" in entry:
        return _text(entry["value"])
    options: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
    source = names[_header(entry) or ""]
    if options.get("words"):
        cases = " ".join(
            f"when lower({_text(word)}) then {_text(meaning)}" for word, meaning in options["words"].items()
        )
        return f"case lower(plain({source})) {cases} else plain({source}) end"
    if column.data_type in ("timestamp", "date"):
        zone, order = options.get("time_zone"), options.get("date_order")
        moment = f"moment({source}, {_text(zone)}, {_text(order)})"
        return f"left({moment}, 10)" if column.data_type == "date" else moment
    if column.data_type.startswith("decimal") or column.data_type == "bigint":
        amount = f"amount({source}, _decimal)"
        rate = options.get("tax_included")
        value = f"without_tax({amount}, {float(rate):g})" if rate else amount
        return f"coalesce(cast({value} as varchar), plain({source}))"  # typing says what cannot be read
    if column.data_type == "boolean":
        return f"coalesce(cast(truth({source}) as varchar), plain({source}))"
    is_vendors = column.name.endswith("_id") and column.name not in OWN_NUMBERS
    return f"prefixed({source})" if is_vendors else f"plain({source})"


def _text(value: object) -> str:
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"
