select * from {{ ref('orders_api', v=1) }}
