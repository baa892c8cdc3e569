{{ config(materialized='ephemeral') }} select * from {{ source('web', 'sessions') }}
