"""Cases travel between operators of a real run; an approval that is acknowledged and lost is found."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.e2e.test_run import last_run, quiet_run, target

HOME = Path(__file__).resolve().parents[2]


def shorter(folder: Path, url: str) -> None:
    """The shipped scenario for a few seconds, at this target, with rules that hold on a slow machine, too."""
    shipped = HOME / "scenarios"
    scenario = yaml.safe_load((shipped / "cases.yaml").read_text(encoding="utf-8"))
    scenario |= {"audit": {"lost": 0, "duplicated": 0, "altered": 0}, "optional": ["case.*"]}
    scenario |= {"thresholds": {"*": ["error_rate < 1%"]}, "target": "./here.yaml"}
    scenario["load"]["stages"] = [{"hold": "8s"}]
    binding = yaml.safe_load((shipped / "targets" / "reference.yaml").read_text(encoding="utf-8"))
    binding.pop("papers", None)
    for name, document in (("here", {**binding, "name": "here", "url": url}), ("travel", scenario)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def test_cases_travel_and_a_lost_approval_is_found(tmp_path: Path) -> None:
    with target("--fault", "lost-write=40%:case.approve") as url:
        shorter(tmp_path, url)
        done = quiet_run(tmp_path, "run", "travel.yaml")
    assert done.returncode in (0, 1), done.stdout + done.stderr
    run = last_run(tmp_path)
    flow = (run.model_extra or {})["cases"]
    accepted = {item: row["accepted"] for item, row in flow["items"].items()}
    assert accepted["license_special_invoice"] > 0
    assert accepted["file_accounting"] > 0
    assert flow["lists"]["tax-manager"]["taken"] > 0
    assert sum(row["accepted"] for row in flow["items"].values()) == run.operations["case.accept"].ok
    told = flow["lists"]["tax-manager"]["told"]
    assert told["takings"] == run.operations["case.take"].ok - sum(
        row["told"]["takings"] for post, row in flow["lists"].items() if post != "tax-manager" and row["told"]
    )
    assert (done.returncode, run.verdict) == (1, "fail"), done.stdout
    (reason,) = [
        one for one in run.reason_codes if one.code == "audit.found" and one.params["kind"] == "lost"
    ]
    assert reason.params["count"] > 0
    assert "Cases" in done.stdout
    assert "license_special_invoice" in done.stdout
