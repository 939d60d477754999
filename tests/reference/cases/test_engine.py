"""The case engine: lists, hands, order of steps, ways out; the same for every domain."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from renhai.reference.cases.loading import BadDomain, load
from renhai.reference.eras.grades import Rules
from renhai.reference.operations.catalogue import operations
from renhai.reference.operations.operation import Setup
from renhai.reference.rules.sessions import Sessions
from tests.reference.cases.applying import TODAY, acts, application, through
from tests.reference.documents import AUTHORITY, djxh, registration
from tests.reference.office import Office

ROOT = Path(__file__).resolve().parents[3]
DEFER = {"skssqq": "2015-09-01", "yqrq": "2015-11-30", "yy": "财务人员变动"}
REQUEST = {"nr": "咨询"}
HAND = {"sdfs": "01", "ssdr": "张三"}


@pytest.fixture
def office() -> Office:
    made = Office(today=TODAY)
    made.ok("registration.save", registration(1))
    return made


def accepted(office: Office, item: str = "license_deferred_filing", form: object = DEFER) -> str:
    return str(office.ok("case.accept", application(item, form))["lcslid"])  # type: ignore[arg-type]


def take(office: Office, post: str, person: int) -> dict[str, object]:
    return office.ok("case.take", {"gwDm": post, **acts(person)})


def test_an_id_has_32_digits_that_begin_with_authority_and_day(office: Office) -> None:
    assert accepted(office) == f"{AUTHORITY}20151020{1:013}"


def test_a_case_waits_in_the_list_of_its_post_until_it_is_taken(office: Office) -> None:
    lcslid = accepted(office)
    listed = office.ok("case.todo", {"gwDm": "section-head"})
    assert (listed["length"], [task["lcslid"] for task in listed["tasks"]]) == (1, [lcslid])
    assert take(office, "section-head", 2)["lcslid"] == lcslid
    assert office.ok("case.todo", {"gwDm": "section-head"})["length"] == 0
    assert take(office, "section-head", 3) == {"found": False, "gwDm": "section-head", "length": 0}


def test_who_accepted_is_never_given_the_approval(office: Office) -> None:
    lcslid = accepted(office)
    assert take(office, "section-head", 1)["found"] is False
    assert take(office, "section-head", 2)["lcslid"] == lcslid


def test_two_levels_are_two_people(office: Office) -> None:
    papers = application("license_special_invoice", {"zgkpxe": "1000000"})
    lcslid = office.ok("case.accept", papers)["lcslid"]
    for post, step, person in (("tax-manager", "review", 2), ("section-head", "approve", 3)):
        take(office, post, person)
        office.ok(f"case.{step}", {"lcslid": lcslid, **acts(person)})
    for person in (1, 2, 3):
        assert take(office, "deputy-director", person)["found"] is False
    assert take(office, "deputy-director", 4)["found"] is True


def test_a_step_needs_its_taker_and_its_turn(office: Office) -> None:
    lcslid = accepted(office)
    approval = {"lcslid": lcslid, **acts(2)}
    assert office.refused("case.approve", approval) == "80000009"
    take(office, "section-head", 2)
    assert office.refused("case.approve", {**approval, **acts(3)}) == "80000010"
    assert office.refused("case.close", approval) == "80000008"
    assert office.ok("case.approve", approval)["hj"] == "notice"
    assert office.refused("case.approve", approval) == "80000008"


def test_nothing_takes_effect_before_the_approval_and_then_once(office: Office) -> None:
    lcslid = accepted(office)
    assert office.ok("case.rows", {"djxh": djxh(1)})["rows"] == []
    take(office, "section-head", 2)
    office.ok("case.approve", {"lcslid": lcslid, **acts(2)})
    (row,) = office.ok("case.rows", {"djxh": djxh(1)})["rows"]
    assert (row["kind"], row["dm"], row["value"], row["yxqz"], row["zfbz1"]) == (
        "deferred_filing", "2015-09-01", "2015-11-30", "9999-12-31", "N",
    )  # fmt: skip


def test_a_decision_is_refused_when_what_it_needs_has_gone_meanwhile(office: Office) -> None:
    """Two items that end the same preference are under way; the second finds nothing."""
    through(office, "file_preference", {
        "ssjmxzhzDm": "0001012301", "zsxmDm": "10101", "jmlxDm": "1", "jmqxq": "2015-01-01",
        "jmqxz": "2099-12-31",
    })  # fmt: skip
    abnormal = accepted(office, "mark_abnormal", {"rdrq": "2015-10-01", "yy": "失踪"})
    change = accepted(office, "cancel_preference", {"ssjmxzhzDm": "0001012301", "qxyyDm": "0102"})
    assert take(office, "section-head", 2)["lcslid"] == abnormal
    office.ok("case.approve", {"lcslid": abnormal, **acts(2)})
    assert take(office, "section-head", 3)["lcslid"] == change
    assert office.refused("case.approve", {"lcslid": change, **acts(3)}) == "80000004"


def test_the_trail_says_who_did_what_for_whom(office: Office) -> None:
    lcslid = through(office, "license_deferred_filing", DEFER)
    shown = office.ok("case.query", {"lcslid": lcslid})
    assert (shown["blzt"], shown["hj"]) == ("closed", "")
    assert [(row["hj"], row["gwDm"], row["lrrDm"][-4:]) for row in shown["trail"]] == [
        ("accept", "acceptance", "0001"),
        ("take", "section-head", "0002"), ("approve", "section-head", "0002"),
        ("take", "acceptance", "0003"), ("notice", "acceptance", "0003"),
        ("deliver", "acceptance", "0003"), ("close", "acceptance", "0003"),
    ]  # fmt: skip
    assert {row["swjgDm"] for row in shown["trail"]} == {AUTHORITY}
    assert office.refused("case.close", {"lcslid": lcslid, **acts(3)}) == "80000007"


def test_completion_refusal_and_withdrawal(office: Office) -> None:
    lcslid = accepted(office)
    take(office, "section-head", 2)
    asked = {"lcslid": lcslid, "yj": "补资料", **acts(2)}
    assert office.ok("case.complete", asked)["blzt"] == "incomplete"
    assert office.refused("case.approve", asked) == "80000012"
    assert office.ok("case.todo", {"gwDm": "section-head"})["length"] == 0
    supplied = {"lcslid": lcslid, **acts(1)}
    assert office.ok("case.supply", supplied)["gwDm"] == "section-head"
    assert office.refused("case.supply", supplied) == "80000013"
    take(office, "section-head", 3)
    assert office.ok("case.refuse", {**asked, **acts(3)})["blzt"] == "refused"
    assert office.ok("case.rows", {"djxh": djxh(1)})["rows"] == []  # a refusal leaves no business record
    again = accepted(office)
    assert office.ok("case.withdraw", {**asked, "lcslid": again})["blzt"] == "withdrawn"
    third = accepted(office)
    take(office, "section-head", 2)
    office.ok("case.approve", {"lcslid": third, **acts(2)})
    assert office.refused("case.withdraw", {**asked, "lcslid": third}) == "80000014"


def test_what_is_handed_in(office: Office) -> None:
    good = application("license_deferred_filing", DEFER)
    assert office.refused("case.accept", {**good, "swsxDm": "SXA000000000"}) == "80000001"
    assert office.refused("case.accept", {**good, "form": {**DEFER, "yqrq": "2015-13-01"}}) == "80000002"
    assert office.refused("case.accept", {**good, "form": {**DEFER, "mm": "1"}}) == "80000002"
    assert office.refused("case.accept", {**good, "swjgDm": "99999999999"}) == "80000017"
    limit = application("license_special_invoice", {"zgkpxe": "1000000"})
    assert office.refused("case.accept", {**limit, "zl": []}) == "80000003"
    accepted(office)
    assert office.refused("case.accept", good) == "80000015"


def test_a_delivery_names_who_received_it(office: Office) -> None:
    lcslid = accepted(office)
    take(office, "section-head", 2)
    office.ok("case.approve", {"lcslid": lcslid, **acts(2)})
    take(office, "acceptance", 3)
    office.ok("case.notice", {"lcslid": lcslid, **acts(3)})
    assert office.refused("case.deliver", {"lcslid": lcslid, **acts(3)}) == "80000018"
    office.ok("case.deliver", {"lcslid": lcslid, **acts(3), **HAND})


def test_who_is_cancelled_does_nothing_more(office: Office) -> None:
    other = accepted(office, "answer_request", REQUEST)
    form = {"zxyyDm": "01", "zxrq": "2015-10-20"}
    assert office.refused("case.accept", application("cancel_registration", form)) == "80010014"
    office.ok("case.withdraw", {"lcslid": other, "yj": "撤回", **acts(1)})
    through(office, "cancel_registration", form)
    assert office.ok("registration.status", {"djxh": djxh(1)})["nsrztDm"] == "07"
    assert office.refused("case.accept", application("answer_request", REQUEST)) == "80000004"
    from tests.reference.documents import general

    assert office.refused("declaration.submit", general(1)) == "DJ021"


PETS = """
domain: "21"
title: 养犬
items:
  license_dog:
    title: 养犬许可
    code: SXA210000001
    route: [approve kennel-master, notice acceptance]
    fields: {chip: digits 15}
    ties: [{lacks: dog, same: chip, code: "80210001", message: 已许可}]
    effects: [{keep: dog, dm: chip}]
"""


def test_a_new_domain_is_a_file_of_yaml_and_no_file_of_the_engine_changes(tmp_path: Path) -> None:
    (tmp_path / "21_pets.yaml").write_text(PETS, encoding="utf-8")
    office = Office(today=TODAY, domains=(tmp_path,))
    office.ok("registration.save", registration(1))
    handed = {"swsxDm": "SXA210000001", "djxh": djxh(1), "form": {"chip": "1" * 15}, **acts(1)}
    lcslid = office.ok("case.accept", handed)["lcslid"]
    take(office, "kennel-master", 2)
    office.ok("case.approve", {"lcslid": lcslid, **acts(2)})
    (row,) = office.ok("case.rows", {"djxh": djxh(1)})["rows"]
    assert (row["kind"], row["dm"], row["lcslid"]) == ("dog", "1" * 15, lcslid)
    take(office, "acceptance", 3)
    for step in ("notice", "deliver", "close"):
        office.ok(f"case.{step}", {"lcslid": lcslid, **acts(3), **HAND})
    assert office.refused("case.accept", handed) == "80210001"


PET_RULES = """
from renhai.reference.cases.registry import check
from renhai.reference.rules.codes import Rejection, rule

WOLF = rule("80210002", "不予许可", "no wolves")


@check("no_wolf")
def no_wolf(view, case):
    if case.form["chip"].startswith("9"):
        raise Rejection(WOLF, case.form["chip"])


def operations(setup):
    return ()
"""
PET_CASES = """
from generators.documents.cases.form import Application, CaseDomain


def next_case(t, on_file):
    if on_file.has("dog") or "license_dog" in on_file.open:
        return None
    return Application("license_dog", "SXA210000001", {"chip": f"{t.serial:015d}"})


CASES = CaseDomain("21", "养犬", next_case, posts=("kennel-master",))
"""
WALK = """
import sys
from pathlib import Path
here = Path(sys.argv[1])
import generators.documents.cases, renhai.reference.domains
generators.documents.cases.__path__.append(str(here / "made"))
renhai.reference.domains.__path__.append(str(here / "judged"))
from renhai.spec.journey_catalog import journeys
from tests.reference.cases.applying import acts
from tests.reference.cases.driving import Hall
from tests.reference.office import Office
hall = Hall(Office(domains=(here / "judged",)), journeys())
for _ in range(3):
    assert hall.do("apply.pets"), hall.refused
for _ in range(6):
    hall.work_off(3)
rows = hall.office.ok("case.list", {})["rows"]
print(sorted({(row["item"], row["blzt"]) for row in rows}), hall.refused)
handed = {"swsxDm": "SXA210000001", "djxh": rows[0]["djxh"], "form": {"chip": "9" * 15}}
print(hall.office.refused("case.accept", {**handed, **acts(1)}))
"""


def test_a_domain_with_rules_generator_and_post_of_its_own_is_three_files(tmp_path: Path) -> None:
    """In a process of its own: what is registered stays."""
    pets = PETS.replace("    effects:", "    checks: [no_wolf]\n    effects:")
    files = {"judged/21_pets.yaml": pets, "judged/pets.py": PET_RULES, "made/pets.py": PET_CASES}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    line = [sys.executable, "-c", WALK, str(tmp_path)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == ["[('license_dog', 'closed')] []", "80210002"], done.stderr


def test_no_file_of_the_engine_names_what_a_domain_has() -> None:
    """Items, item codes and rows that are kept stand in the files of the domains alone."""
    items = [item for domain in load().values() for item in domain.items.values()]
    own = {item.name for item in items} | {item.code for item in items} | {
        effect.name for item in items for effect in item.effects if effect.what == "keep"
    }  # fmt: skip
    posts = {step.post for item in items for step in item.route}  # some are called as what they leave
    engine = [*(ROOT / "renhai/reference/cases").glob("*.py"), *(ROOT / "results/flow").glob("*.py")]
    assert len(engine) >= 12
    for path in (*engine, ROOT / "locustfiles" / "cases.py"):
        if path.name == "loading.py":
            continue  # its docstring shows a domain
        named = (own - posts) & set(
            re.findall(r"[\"']([A-Za-z_0-9]+)[\"']", path.read_text(encoding="utf-8"))
        )
        assert named == set(), path


def test_who_selects_inspects_and_tries_are_three_and_a_keeper_is_no_user(office: Office) -> None:
    source = {"ayly": "report", "jbh": "J1"}
    through(office, "register_source", source)
    form = {"jbh": "J1", "jcqq": "2014-01-01", "jcqz": "2014-12-31", "cbse": 0.0}
    lcslid = accepted(office, "inspect_taxpayer", form)  # person 1 selects
    assert take(office, "inspection", 1)["found"] is False
    assert take(office, "inspection", 2)["found"] is True
    office.ok("case.review", {"lcslid": lcslid, **acts(2)})
    assert [take(office, "trial", person)["found"] for person in (1, 2, 3)] == [False, False, True]
    office.ok("case.review", {"lcslid": lcslid, **acts(3)})
    chief = [take(office, "inspection-chief", person)["found"] for person in (1, 2, 3, 4)]
    assert chief == [False, False, False, True]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"21"', '"2"', "domain is '2'; write two digits in quotes, as in \"03\""),
        ("digits 15", "numbers", "items.license_dog.fields.chip is 'numbers'; write one of text, date, "),
        ("approve kennel", "adopt kennel", "items.license_dog.route is 'adopt kennel-master'; write one of"),
        (
            "same: chip",
            "same: chop",
            "items.license_dog.ties.0.same is 'chop'; name a field of the ",
        ),
        ('"80210001"', '"8021"', "items.license_dog.ties.0.code is '8021'; write eight digits in quotes"),
        (
            "{keep: dog, dm: chip}",
            "{call: bark}",
            "license_dog.call is 'bark'; those that are ",
        ),
        ("SXA210000001", "SXA011002002", "SXA011002002 is an item of "),
        ("title: 养犬\n", "title: 养犬\nowner: me\n", "owner is 'me'; there is no such key; those are "),
        ("domain:", "domain: [", "cannot be read: "),
    ],
)
def test_a_mistake_in_a_domain_is_one_line_that_says_where(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    file = tmp_path / "21_pets.yaml"
    file.write_text(PETS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadDomain) as caught:
        operations(Setup(Sessions(), rules=Rules(), domains=(tmp_path,)))
    assert str(file) in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_domains_that_ship_are_thirteen_with_a_grade_each() -> None:
    domains = load()
    assert sorted(domains) == [f"{number:02}" for number in range(1, 14)]
    items = [item for domain in domains.values() for item in domain.items.values()]
    public = {item.name for item in items if item.public}
    assert public == {
        "change_registration", "file_accounting", "cancel_registration", "determine_tax_kind",
        "refund_exempt_credit", "refund_export", "simple_penalty",
    }  # fmt: skip
    assert {item.grade for item in items} == {"U", "V"}
