{#- A text's pseudonym: 32 hexadecimal digits, the same for the same text and key, not to be found out without the
    key. The key is the shop's secret (LIFECYCLE_HASH_KEY). -#}
{% macro keyed_hash(text) -%}
    left({{ sha256("'" ~ env_var('LIFECYCLE_HASH_KEY') ~ ":' || " ~ text) }}, 32)
{%- endmacro %}
