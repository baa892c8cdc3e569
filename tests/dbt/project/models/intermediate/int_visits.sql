select * from {{ ref('int_sessions') }} join {{ ref('stg_pages') }} using (id)
