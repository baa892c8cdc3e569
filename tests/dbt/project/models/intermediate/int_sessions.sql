select * from {{ ref('stg_sessions') }}
