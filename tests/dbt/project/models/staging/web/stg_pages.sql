select * from {{ source('web', 'pages') }}
