{{ config(enabled=false, tags=['archived']) }} select 1 as id
