select * from {{ ref('dim_dates') }}
