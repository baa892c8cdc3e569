select * from {{ source('web', 'orders') }}
