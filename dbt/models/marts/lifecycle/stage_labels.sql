-- One row per stage of this warehouse: its place, and what to call it.
with

stage_labels as (
    select stage, label_ja, label_en, position, has_ordered, is_lapsed
    from {{ ref('stages') }}
)

select * from stage_labels
