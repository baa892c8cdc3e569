select day from {{ ref('shared', 'dim_dates') }}
