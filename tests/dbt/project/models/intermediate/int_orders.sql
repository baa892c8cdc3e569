{{ config(materialized='ephemeral') }} select o.* from {{ ref('stg_orders') }} o join {{ ref('stg_customers') }} c using (id)
