select * from {{ ref('fct_visits') }} join {{ ref('fct_orders') }} using (id)
