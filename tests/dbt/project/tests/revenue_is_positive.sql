select * from {{ ref('fct_revenue') }} where 1 = 0
