"""What desks of collection and general business ask, and the sessions of the officers who sit at them."""

from __future__ import annotations

import json
import time

import pytest

from tests.reference.documents import AUTHORITY, djxh, general, kind, payment, registration
from tests.reference.running import Client, target

OFFICER = {"sjry": "14301030007", "sjjg": AUTHORITY, "mm": "synthetic"}


@pytest.fixture
def filed(client: Client, number: int) -> dict[str, str]:
    """A registered taxpayer who has filed January 2015 and paid nothing; `pzxh` of what is due: 850 yuan."""
    client.ok("registration.save", registration(number))
    return client.ok("declaration.submit", general(number))


def at_desk(client: Client, operation: str, document: object, token: str | None) -> tuple[str, str]:
    """rtn_code and Code of an operation under /desk/."""
    headers = {"content-type": "application/json"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    connection = client._connection
    connection.request("POST", "/desk/" + operation.replace(".", "/"), json.dumps(document), headers)
    answer = json.loads(connection.getresponse().read())
    return answer["rtn_code"], answer["rtn_msg"]["Code"]


class TestCollection:
    def test_arrears_are_listed_oldest_first_and_leave_when_paid(self, client, number, filed):
        asked = {"zgswjgDm": AUTHORITY, "count": 100}
        listed = client.ok("collection.arrears", asked)["items"]
        mine = next(item for item in listed if item["djxh"] == djxh(number))
        assert mine["pzxh"] == filed["pzxh"] and mine["ybtse"] == filed["ybtse"] == 850
        assert mine["nsrmc"] == registration(number)["nsrmc"]
        assert [item["pzxh"] for item in listed] == sorted(item["pzxh"] for item in listed)
        after = client.ok("collection.arrears", {**asked, "after": filed["pzxh"]})["items"]
        assert all(item["pzxh"] > filed["pzxh"] for item in after)
        client.ok("collection.pay", payment(number, (filed["pzxh"], 850)))
        listed = client.ok("collection.arrears", asked)["items"]
        assert filed["pzxh"] not in [item["pzxh"] for item in listed]

    def test_arrears_are_those_of_one_authority(self, client, filed):
        assert client.ok("collection.arrears", {"zgswjgDm": "14301820000", "count": 5}) == {"items": []}

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"zgswjgDm": "1430103"}, "DJ008"), ({"count": 0}, "GY004"), ({"count": "5"}, "GY003")],
    )
    def test_arrears_refused(self, client, changes, code):
        assert client.refused("collection.arrears", {"zgswjgDm": AUTHORITY, "count": 5, **changes}) == code

    def test_agreement_is_the_registered_one(self, client, number):
        account = {"sfxyh": "430103000000001", "khyhhh": "313551000012", "yhzh": "800012345", "zhmc": "户名"}
        client.ok("registration.save", {**registration(number), **account})
        found = client.ok("collection.agreement", {"djxh": djxh(number)})
        assert found == {
            "sfxyh": "430103000000001", "khyhhh": "313551000012", "jkzh": "800012345", "jkzhmc": "户名",
            "sfxyztDm": "1",
        }  # fmt: skip

    def test_no_agreement_and_nobody(self, client, number):
        client.ok("registration.save", registration(number) | {"sfxyh": ""})
        assert client.ok("collection.agreement", {"djxh": djxh(number)})["sfxyztDm"] == ""
        assert client.refused("collection.agreement", {"djxh": "10114301039999999998"}) == "DJ014"


class TestGeneral:
    def test_status(self, client, number):
        client.ok("registration.save", {**registration(number), "kinds": [kind()]})
        found = client.ok("registration.status", {"djxh": djxh(number)})
        assert (found["nsrztDm"], found["zgswjDm"], found["djzclxDm"]) == ("03", AUTHORITY, "173")
        assert client.refused("registration.status", {"djxh": "10114301039999999998"}) == "DJ014"

    def test_a_certificate_is_of_exactly_what_was_paid(self, client, number, filed):
        asked = {"djxh": djxh(number), "skssqq": "2015-01-01", "skssqz": "2015-12-31"}
        issue = {**asked, "zmzlDm": "01", "lrrDm": OFFICER["sjry"]}
        assert client.ok("certificate.paid", asked) == {"items": [], "total": 0.0}
        assert client.refused("certificate.issue", {**issue, "je": 850}) == "ZM002"
        client.ok("collection.pay", payment(number, (filed["pzxh"], 500)))
        assert client.ok("certificate.paid", asked)["total"] == 500.0
        assert client.refused("certificate.issue", {**issue, "je": 850}) == "ZM003"
        issued = client.ok("certificate.issue", {**issue, "je": 500})
        assert issued["serial"][:10] == "4001430103"
        found = client.ok("certificate.query", {"djxh": djxh(number), "serial": issued["serial"]})
        assert found == {
            "serial": issued["serial"], "yzm": issued["yzm"], "zmzlDm": "01",
            "skssqq": "2015-01-01", "skssqz": "2015-12-31", "je": 500,
        }  # fmt: skip
        assert [row["je"] for row in client.listed("certificates") if row["djxh"] == djxh(number)] == [500.0]
        stranger = {"djxh": djxh(number + 1), "serial": issued["serial"]}
        assert client.refused("certificate.query", stranger) == "ZM004"

    def test_what_was_paid_for_another_period_does_not_count(self, client, number, filed):
        client.ok("collection.pay", payment(number, (filed["pzxh"], 850)))
        asked = {"djxh": djxh(number), "skssqq": "2015-02-01", "skssqz": "2015-12-31"}
        assert client.ok("certificate.paid", asked)["total"] == 0.0

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"zmzlDm": "99"}, "ZM001"),
            ({"skssqz": "2014-12-31"}, "ZM005"),
            ({"je": 0.001}, "GY005"),
            ({"lrrDm": "7"}, "ZS007"),
        ],
    )
    def test_certificates_refused(self, client, number, changes, code):
        client.ok("registration.save", registration(number))
        document = {"djxh": djxh(number), "skssqq": "2015-01-01", "skssqz": "2015-12-31", "zmzlDm": "01"}
        document |= {"je": 1, "lrrDm": OFFICER["sjry"], **changes}
        assert client.refused("certificate.issue", document) == code


class TestSessions:
    def test_a_desk_serves_who_has_signed_in(self, client, number):
        asked = {"nsrsbh": registration(number)["nsrsbh"]}
        before = client.counts("registration.query")
        token = client.ok("session.login", OFFICER)["token"]
        assert at_desk(client, "registration.query", asked, token) == ("0", "000")
        assert at_desk(client, "registration.query", asked, None) == ("9", "GY101")
        assert at_desk(client, "registration.query", asked, "made-up") == ("9", "GY101")
        after = client.counts("registration.query")
        assert {key: after[key] - before[key] for key in after} == {
            "received": 3, "ok": 1, "rejected": 2, "error": 0,
        }  # fmt: skip

    def test_renewal_ends_the_old_token_and_logout_the_new_one(self, client, number):
        asked = {"nsrsbh": registration(number)["nsrsbh"]}
        old = client.ok("session.login", OFFICER)["token"]
        renewed = client.ok("session.renew", {"token": old})
        assert renewed["expires_in"] == 1800.0
        assert at_desk(client, "registration.query", asked, old) == ("9", "GY101")
        assert at_desk(client, "registration.query", asked, renewed["token"]) == ("0", "000")
        assert client.ok("session.logout", {"token": renewed["token"]}) == {"sjry": OFFICER["sjry"]}
        assert at_desk(client, "registration.query", asked, renewed["token"]) == ("9", "GY101")
        assert client.refused("session.renew", {"token": renewed["token"]}) == "GY101"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"sjry": "24301030001"}, "GY103"), ({"mm": "guess"}, "GY104"), ({"sjjg": "1"}, "DJ008")],
    )
    def test_who_may_not_sign_in(self, client, changes, code):
        assert client.refused("session.login", {**OFFICER, **changes}) == code

    def test_a_session_expires(self):
        with target("--session-seconds", "0.3") as running:
            client = running.client()
            token = client.ok("session.login", OFFICER)["token"]
            time.sleep(0.35)
            assert at_desk(client, "registration.query", {"nsrsbh": "1"}, token) == ("9", "GY102")
            assert client.refused("session.renew", {"token": token}) == "GY102"
