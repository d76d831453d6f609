{#- The attribution models, named as in the seed attribution_models; `divided` for those that divide an order's credit among
    its touches, where the others give it whole to one. -#}
{% macro attribution_models(divided=none) -%}
    {%- set whole = ['first', 'last', 'last_non_direct'] -%}
    {%- set shared = ['linear', 'position', 'time_decay'] -%}
    {{ return(whole + shared if divided is none else shared if divided else whole) }}
{%- endmacro %}
