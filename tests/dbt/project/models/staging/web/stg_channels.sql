{{ config(alias='channel_names') }} select * from {{ ref('channels') }}
