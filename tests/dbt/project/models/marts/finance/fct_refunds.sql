{{ config(materialized='incremental') }} select * from {{ ref('fct_orders') }}
