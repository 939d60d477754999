PLAN = '{"base_url": "http://127.0.0.1:8400"}'
