"""Stock Locust as its documentation tells one to hold a rate: constant_throughput users (closed model)."""

from __future__ import annotations

import os

from locust import FastHttpUser, constant_throughput, task

from benchmarks.peers.work import PATH, fields


class Steady(FastHttpUser):
    wait_time = constant_throughput(float(os.environ["BENCH_RATE"]) / float(os.environ["BENCH_USERS"]))
    serial = 0

    @task
    def submit(self):
        self.serial += 1
        self.client.post(PATH, json=fields(1, self.serial))
