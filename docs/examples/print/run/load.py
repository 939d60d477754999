PLAN = '{"run_id": "example", "base_url": "http://127.0.0.1:8400"}'
