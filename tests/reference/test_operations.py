"""Every operation of the target over HTTP, with each refusal that rests on what is stored."""

from __future__ import annotations

import pytest

from tests.reference.documents import (
    after,
    general,
    individual,
    invoice,
    invoice_range,
    kind,
    line,
    month,
    owed_before,
    paid_before,
    payment,
    registration,
    small,
    small_2014,
    small_2016,
    uscc,
    verification,
)
from tests.reference.running import Client


def register(client: Client, number: int) -> str:
    return client.ok("registration.save", registration(number))["djxh"]


def submit(client: Client, document) -> str:
    return client.ok("declaration.submit", document)["pzxh"]


def period(document) -> dict[str, str]:
    return {key: document[key] for key in ("djxh", "skssqq", "skssqz", "yzpzzlDm")}


class TestRegistration:
    def test_query_save_kinds(self, client, number):
        asked = {"nsrsbh": uscc(number)}
        assert client.ok("registration.query", asked) == {"registered": False, "djxh": ""}
        djxh = register(client, number)
        assert client.ok("registration.query", asked) == {"registered": True, "djxh": djxh}
        assert client.ok("registration.kinds", {"djxh": djxh}) == {"kinds": registration(number)["kinds"]}

    def test_individuals_register_with_a_resident_id(self, client, number):
        client.ok("registration.save", individual(number))

    def test_kinds_may_come_later(self, client, number):
        document = registration(number)
        del document["kinds"]
        client.ok("registration.save", document)
        assert client.ok("registration.kinds", {"djxh": document["djxh"]}) == {"kinds": []}

    def test_nobody_registers_twice(self, client, number):
        register(client, number)
        assert client.refused("registration.save", registration(number)) == "DJ013"
        other = registration(number) | {"djxh": "10114301039999999999"}
        assert client.refused("registration.save", other) == "DJ013"

    def test_kinds_of_nobody(self, client):
        assert client.refused("registration.kinds", {"djxh": "10114301039999999998"}) == "DJ014"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"djxh": "1"}, "DJ001"),
            ({"nsrsbh": "91430103MA4T000198"}, "DJ002"),
            ({"shxydm": "91430103MA4T000198"}, "DJ003"),
            ({"shxydm": "91430103MA4T000197"}, "DJ004"),
            ({"fddbrsfzjhm": "430103198001010017"}, "DJ005"),
            ({"djzclxDm": "999"}, "DJ006"),
            ({"hyDm": "I65"}, "DJ007"),
            ({"zgswjDm": "34301030000"}, "DJ008"),
            ({"nsrztDm": "99"}, "DJ009"),
            ({"fddbrsfzjlxDm": "2"}, "DJ010"),
            ({"khyhhh": "313651027013"}, "DJ012"),
            ({"djrq": "2014-13-01"}, "GY006"),
            ({"nsrmc": ""}, "GY004"),
            ({"nsrmc": None}, "GY002"),
            ({"kinds": {}}, "GY003"),
            ({"kinds": [kind(sub_item="302030100")]}, "DJ016"),
            ({"kinds": [kind() | {"rdyxqz": "2014-12-31"}]}, "DJ017"),
            ({"kinds": [kind(rate=17)]}, "DJ018"),
            ({"kinds": [kind(), kind()]}, "DJ019"),
        ],
    )
    def test_a_document_that_breaks_a_rule(self, client, number, changes, code):
        assert client.refused("registration.save", registration(number) | changes) == code
        assert not client.ok("registration.query", {"nsrsbh": uscc(number)})["registered"]

    def test_a_serial_of_another_authority(self, client, number):
        document = registration(number) | {"djxh": f"1011430104{number:010}"}
        assert client.refused("registration.save", document) == "DJ011"


class TestInvoices:
    def stock(self, client, number):
        return client.ok("invoice.stock", {"djxh": registration(number)["djxh"]})["ranges"]

    def test_buy_issue_verify(self, client, number):
        register(client, number)
        assert self.stock(client, number) == []
        bought = invoice_range(number, count=25)
        client.ok("invoice.buy", bought)
        expected = {key: bought[key] for key in ("fpzlDm", "fpDm", "fpqshm", "fpzzhm")}
        assert self.stock(client, number) == [expected | {"remaining": 25}]
        serials = {client.ok("invoice.issue", invoice(number, n))["serial"] for n in (1, 2, 3)}
        assert len(serials) == 3 and all(len(serial) == 20 for serial in serials)
        assert self.stock(client, number) == [expected | {"remaining": 22}]
        client.ok("invoice.verify", verification(number, 1, 3, 300, 51))

    def test_a_range_that_is_used_up_leaves_the_stock(self, client, number):
        register(client, number)
        client.ok("invoice.buy", invoice_range(number, count=1))
        client.ok("invoice.issue", invoice(number))
        assert self.stock(client, number) == []

    def test_no_number_is_sold_twice(self, client, number):
        register(client, number)
        client.ok("invoice.buy", invoice_range(number, first=10, count=10))
        for first, count in ((10, 10), (5, 6), (19, 3), (12, 2), (1, 50)):
            assert client.refused("invoice.buy", invoice_range(number, first, count)) == "FP007"
        client.ok("invoice.buy", invoice_range(number, first=1, count=9))
        client.ok("invoice.buy", invoice_range(number, first=20, count=1))
        client.ok("invoice.buy", invoice_range(number, first=10, count=10, code="4300152130"))

    def test_numbers_of_somebody_else(self, client, number):
        register(client, number)
        register(client, number + 500)
        client.ok("invoice.buy", invoice_range(number))
        stolen = invoice(number + 500) | {"fphm": invoice(number)["fphm"], "qr": None}
        assert client.refused("invoice.issue", stolen) == "FP008"
        theirs = invoice_range(number) | {"djxh": registration(number + 500)["djxh"]}
        assert client.refused("invoice.buy", theirs) == "FP007"
        assert client.refused("invoice.verify", theirs | {"kpje": 0, "se": 0}) == "FP008"

    def test_numbers_of_another_kind_or_beyond_the_range(self, client, number):
        register(client, number)
        client.ok("invoice.buy", invoice_range(number, count=5))
        assert client.refused("invoice.issue", invoice(number) | {"fpzlDm": "000004320700"}) == "FP008"
        assert client.refused("invoice.issue", invoice(number, 6)) == "FP008"
        assert client.refused("invoice.verify", verification(number, 1, 6, 0, 0)) == "FP008"

    def test_no_number_is_issued_twice(self, client, number):
        register(client, number)
        client.ok("invoice.buy", invoice_range(number))
        client.ok("invoice.issue", invoice(number))
        assert client.refused("invoice.issue", invoice(number, lines=[line(), line()])) == "FP009"

    def test_only_the_taxpayer_sells(self, client, number):
        register(client, number)
        client.ok("invoice.buy", invoice_range(number))
        document = invoice(number)
        for change in ({"nsrsbh": uscc(number + 1)}, {"mc": "别人"}):
            assert client.refused("invoice.issue", document | {"xhf": document["xhf"] | change}) == "FP010"

    def test_verification_needs_every_number_and_the_exact_sums(self, client, number):
        register(client, number)
        client.ok("invoice.buy", invoice_range(number))
        for position in (1, 2):
            client.ok("invoice.issue", invoice(number, position))
        assert client.refused("invoice.verify", verification(number, 1, 3, 300, 51)) == "FP024"
        assert client.refused("invoice.verify", verification(number, 1, 2, 200.01, 34)) == "FP025"
        assert client.refused("invoice.verify", verification(number, 1, 2, 200, 33.99)) == "FP026"
        client.ok("invoice.verify", verification(number, 1, 2, 200, 34))
        assert client.refused("invoice.verify", verification(number, 2, 2, 100, 17)) == "FP027"

    def test_nobody_unregistered_gets_anything(self, client, number):
        for operation, document in (
            ("invoice.stock", {"djxh": registration(number)["djxh"]}),
            ("invoice.buy", invoice_range(number)),
            ("invoice.issue", invoice(number)),
            ("invoice.verify", verification(number, 1, 1, 0, 0)),
        ):
            assert client.refused(operation, document) == "DJ014"


class TestDeclarations:
    def test_status_precheck_submit(self, client, number):
        register(client, number)
        document = general(number)
        assert client.ok("declaration.status", period(document)) == {"filed": False, "pzxh": ""}
        opening = client.ok("declaration.precheck", period(document) | {"sbsxDm1": "11"})
        assert opening == {"sqldse": None, "qcwjse": None}
        answer = client.ok("declaration.submit", document)
        assert answer["ybtse"] == 850.0
        assert answer["pzxh"].startswith("1001430103") and len(answer["pzxh"]) == 20
        assert client.ok("declaration.status", period(document)) == {"filed": True, "pzxh": answer["pzxh"]}

    def test_the_next_period_opens_with_what_this_one_closed_with(self, client, number):
        register(client, number)
        submit(client, general(number, 0, sales=1_000, bought=2_000))
        first = general(number, 0, sales=1_000, bought=2_000)
        following = after(general(number, 1, sales=10_000, bought=1_000, credit=170), first)
        opening = client.ok("declaration.precheck", period(following) | {"sbsxDm1": "11"})
        assert opening == {"sqldse": 170.0, "qcwjse": 0.0}
        assert client.refused("declaration.submit", general(number, 1)) == "SB006"
        assert client.refused("declaration.submit", paid_before(following, 1)) == "SB007"
        pzxh = submit(client, following)
        unpaid = 1700 - 170 - 170
        client.ok("collection.pay", payment(number, (pzxh, unpaid)))
        third = paid_before(after(general(number, 2), following), unpaid)
        opening = client.ok("declaration.precheck", period(third) | {"sbsxDm1": "11"})
        assert opening == {"sqldse": 0.0, "qcwjse": 1360.0}
        submit(client, third)

    def test_a_gap_lets_any_opening_in(self, client, number):
        register(client, number)
        submit(client, general(number, 0, sales=1_000, bought=2_000))
        opening = client.ok("declaration.precheck", period(general(number, 2)) | {"sbsxDm1": "11"})
        assert opening == {"sqldse": None, "qcwjse": None}
        submit(client, general(number, 2, credit=12.34))

    def test_no_period_is_filed_twice(self, client, number):
        client.ok("registration.save", registration(number) | {"kinds": []})
        document = general(number, 3)
        submit(client, document)
        assert client.refused("declaration.submit", document) == "SB005"
        assert client.refused("declaration.precheck", period(document) | {"sbsxDm1": "11"}) == "SB005"
        quarter = general(number, 3) | {"skssqq": "2015-04-01", "skssqz": "2015-06-30", "sbrq1": "2015-07-01"}
        assert client.refused("declaration.submit", quarter) == "SB005"

    def test_small_scale_returns_of_both_layouts(self, client, number):
        client.ok("registration.save", registration(number) | {"kinds": []})
        assert client.ok("declaration.submit", small_2014(number))["ybtse"] == 300.0
        assert client.ok("declaration.submit", small_2016(number))["ybtse"] == 12_000.0
        assert client.refused("declaration.submit", small_2016(number)) == "SB005"

    def test_exempt_sales_stand_in_the_row_of_the_taxpayers_kind(self, client, number):
        client.ok("registration.save", small(number, "08"))
        document = small_2016(number, sales=0)
        document["xgm"] |= {"r9": 1000, "r11": 1000}
        assert client.refused("declaration.submit", document) == "SB411"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"yzpzzlDm": "BDA0610091"}, "SB001"),
            ({"skssqq": "2015-01-02"}, "SB002"),
            ({"sbsxDm1": "1"}, "SB003"),
            ({"sbrq1": "2014-12-31"}, "SB004"),
            ({"nsrsbh": uscc(99_999)}, "DJ015"),
            ({"zb": []}, "GY007"),
            ({"fb1": None}, "GY002"),
            ({"fb2": {"rows": [1]}}, "GY003"),
        ],
    )
    def test_a_document_that_breaks_a_rule(self, client, number, changes, code):
        register(client, number)
        assert client.refused("declaration.submit", general(number) | changes) == code

    def test_nobody_unregistered_files(self, client, number):
        document = general(number)
        assert client.refused("declaration.submit", document) == "DJ014"
        assert client.refused("declaration.status", period(document)) == "DJ014"
        assert client.refused("declaration.precheck", period(document) | {"sbsxDm1": "11"}) == "DJ014"

    def test_void_and_file_again(self, client, number):
        register(client, number)
        document = general(number)
        pzxh = submit(client, document)
        assert client.ok("declaration.void", period(document) | {"pzxh": pzxh}) == {"pzxh": pzxh}
        assert client.ok("declaration.status", period(document)) == {"filed": False, "pzxh": ""}
        assert client.ok("collection.unpaid", {"djxh": document["djxh"]}) == {"items": []}
        assert client.refused("collection.state", {"djxh": document["djxh"], "pzxh": pzxh}) == "ZS006"
        assert client.refused("declaration.void", period(document) | {"pzxh": pzxh}) == "SB008"
        assert submit(client, document) != pzxh

    def test_only_what_is_unpaid_and_last_is_voided(self, client, number):
        register(client, number)
        first, second = general(number, 0), owed_before(general(number, 1), 850)
        pzxh = submit(client, first)
        last = submit(client, second)
        assert client.refused("declaration.void", period(first) | {"pzxh": pzxh}) == "SB010"
        assert client.refused("declaration.void", period(second) | {"pzxh": pzxh}) == "SB008"
        client.ok("collection.pay", payment(number, (last, 0.01)))
        assert client.refused("declaration.void", period(second) | {"pzxh": last}) == "SB009"


class TestCollection:
    def test_unpaid_pay_state(self, client, number):
        djxh = register(client, number)
        pzxh = submit(client, general(number))
        start, end = month(0)
        item = {"pzxh": pzxh, "zsxmDm": "10101", "skssqq": start, "skssqz": end, "ybtse": 850.0}
        assert client.ok("collection.unpaid", {"djxh": djxh}) == {"items": [item]}
        assert client.ok("collection.state", {"djxh": djxh, "pzxh": pzxh}) == {"paid": False, "amount": 0.0}
        answer = client.ok("collection.pay", payment(number, (pzxh, 850)))
        assert answer["amount"] == 850.0 and len(answer["serial"]) == 20
        assert client.ok("collection.unpaid", {"djxh": djxh}) == {"items": []}
        assert client.ok("collection.state", {"djxh": djxh, "pzxh": pzxh}) == {"paid": True, "amount": 850.0}

    def test_in_parts_but_never_more_than_is_due(self, client, number):
        djxh = register(client, number)
        pzxh = submit(client, general(number))
        assert client.refused("collection.pay", payment(number, (pzxh, 850.01))) == "ZS004"
        client.ok("collection.pay", payment(number, (pzxh, 849.99)))
        assert client.ok("collection.unpaid", {"djxh": djxh})["items"][0]["ybtse"] == 0.01
        assert client.refused("collection.pay", payment(number, (pzxh, 0.02))) == "ZS004"
        client.ok("collection.pay", payment(number, (pzxh, 0.01)))
        assert client.refused("collection.pay", payment(number, (pzxh, 0.01))) == "ZS003"

    def test_a_payment_is_all_or_nothing(self, client, number):
        djxh = register(client, number)
        first = submit(client, general(number, 0))
        second = submit(client, owed_before(general(number, 1), 850))
        both = payment(number, (first, 850), (second, 850.01))
        assert client.refused("collection.pay", both) == "ZS004"
        assert client.ok("collection.state", {"djxh": djxh, "pzxh": first})["amount"] == 0.0
        assert client.ok("collection.pay", payment(number, (first, 850), (second, 850)))["amount"] == 1700.0

    def test_nothing_is_due_on_a_credit(self, client, number):
        djxh = register(client, number)
        pzxh = submit(client, general(number, sales=1_000, bought=2_000))
        assert client.ok("collection.unpaid", {"djxh": djxh}) == {"items": []}
        assert client.ok("collection.state", {"djxh": djxh, "pzxh": pzxh}) == {"paid": True, "amount": 0.0}
        assert client.refused("collection.pay", payment(number, (pzxh, 1))) == "ZS003"

    def test_vouchers_of_nobody_and_of_somebody_else(self, client, number):
        djxh = register(client, number)
        register(client, number + 700)
        theirs = submit(client, general(number + 700))
        for pzxh in ("10014301039999999999", theirs):
            assert client.refused("collection.pay", payment(number, (pzxh, 1))) == "ZS006"
            assert client.refused("collection.state", {"djxh": djxh, "pzxh": pzxh}) == "ZS006"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"sfxyh": "43"}, "ZS001"),
            ({"items": [{"pzxh": "10014301030000000001", "kkje": 0}]}, "ZS002"),
            ({"items": [{"pzxh": "10014301030000000001", "kkje": -1}]}, "ZS002"),
            ({"items": [{"pzxh": "10014301030000000001", "kkje": 0.001}]}, "GY005"),
            ({"items": [{"pzxh": "10014301030000000001", "kkje": 1}] * 2}, "ZS005"),
            ({"items": [{"pzxh": "1001430103", "kkje": 1}]}, "GY004"),
            ({"items": []}, "GY007"),
            ({"lrrDm": "x"}, "ZS007"),
            ({"zgswjgDm": "9"}, "DJ008"),
        ],
    )
    def test_a_document_that_breaks_a_rule(self, client, number, changes, code):
        register(client, number)
        document = payment(number, ("10014301030000000001", 1)) | changes
        assert client.refused("collection.pay", document) == code

    def test_nobody_unregistered_owes(self, client, number):
        djxh = registration(number)["djxh"]
        assert client.refused("collection.unpaid", {"djxh": djxh}) == "DJ014"
        assert client.refused("collection.state", {"djxh": djxh, "pzxh": "1" * 20}) == "DJ014"
        assert client.refused("collection.pay", payment(number, ("1" * 20, 1))) == "DJ014"
