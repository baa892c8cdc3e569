{{ config(tags=['sensitive']) }} select * from {{ source('crm', 'accounts') }}
