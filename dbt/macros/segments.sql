{#- The name of the list that a row of a segment belongs to: the segment's own, or one for each value of `variant`
    when the segment's yml says `variants: true`. -#}
{% macro list_of(segment) -%}
    '{{ segment }}' {%- if segment in var('segments_with_variants') %} || '_' || variant {%- endif %}
{%- endmacro %}

{#- Whose hash begins below these eight hexadecimal digits is in the control group of a segment: the share that its
    yml says (control_share), else the shop's. -#}
{% macro control_group_below(segment) -%}
    {%- set share = var('segment_control_shares').get(segment, var('control_share')) -%}
    '{{ "%08x" | format((share * 2 ** 32) | int) }}'
{%- endmacro %}
