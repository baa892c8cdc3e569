{{ config(meta={'owner': 'crm', 'tier': 1, 'shared': true}) }} select * from {{ ref('stg_customers') }} join {{ ref('stg_countries') }} using (id)
