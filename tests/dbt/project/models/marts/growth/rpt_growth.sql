{{ config(materialized='view', tags=['nightly', 'tier.one']) }} select * from {{ ref('fct_conversions') }}
