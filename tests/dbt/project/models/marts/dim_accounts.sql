{{ config(tags=['sensitive'], schema='restricted') }} select * from {{ ref('stg_accounts') }}
