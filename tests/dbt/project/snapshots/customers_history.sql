{% snapshot customers_history %}
{{ config(target_schema='history', unique_key='id', strategy='check', check_cols='all', tags=['nightly']) }}
select * from {{ ref('stg_customers') }}
{% endsnapshot %}
