"""Invoices: number ranges sold to a taxpayer, invoices issued from them, and the verification of used ones.

Shapes (money in yuan with at most 2 decimals, numbers of invoices as text with leading zeros)::

    range    {"djxh", "fpzlDm", "fpDm", "fpqshm", "fpzzhm", "fs"}
    invoice  {"djxh", "fpzlDm", "fpDm", "fphm", "kprq": "yyyy-mm-dd", "xhf": party, "ghf": party,
              "lines": [{"spmc", "ggxh", "dw", "sl", "dj", "je", "slv", "se", "spbm"}],
              "hjje", "hjse", "jshj", "qr"}
    party    {"mc": name, "nsrsbh": taxpayer id, "dzdh": address and phone, "yhzh": bank and account}
    verification  {"djxh", "fpzlDm", "fpDm", "fpqshm", "fpzzhm", "fs", "kpje", "se"}

`fpDm` is "" for fully digital invoices (profile current), whose numbers have 20 digits. `slv` is a share (0.17). A
discount line, and a service that is not counted, has neither quantity nor price: `sl` and `dj` are None. The buyer of
an ordinary invoice may be a private person: a name, and "" for the rest.
"""
