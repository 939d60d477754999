"""Stock FastHttpUser as operators who think 10 s between two requests (closed model)."""

from __future__ import annotations

import itertools
import os

from locust import FastHttpUser, constant, task

from benchmarks.peers.work import PATH, SUCCESS, fields

SERIALS = itertools.count(1)


class Operator(FastHttpUser):
    wait_time = constant(float(os.environ["BENCH_THINK"]))

    @task
    def submit(self):
        with self.client.post(PATH, json=fields(1, next(SERIALS)), catch_response=True) as response:
            if response.json()["rtn_msg"]["Code"] != SUCCESS:
                response.failure("business code")
