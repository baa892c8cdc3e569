select * from {{ ref('int_visits') }} join {{ ref('stg_channels') }} using (id)
