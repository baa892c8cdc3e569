{{ config(materialized='incremental', unique_key='id', meta={'owner': 'finance'}) }} select * from {{ ref('int_orders') }}
