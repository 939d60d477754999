"""A SOAP service by spyne: `soap.py PORT`."""

import sys
from wsgiref.simple_server import make_server

from spyne import Application, ComplexModel, Decimal, Fault, ServiceBase, Unicode, rpc
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication


class Receipt(ComplexModel):
    __namespace__ = "urn:tax.receipt"
    pzxh = Unicode
    ybtse = Decimal


class Filing(ServiceBase):
    @rpc(Unicode, Decimal, _returns=Receipt)
    def submit(ctx, djxh, amount):
        if not djxh:
            raise Fault("Client.NoId", "no djxh")
        return Receipt(pzxh="P" + djxh, ybtse=amount)

    @rpc(Unicode, _returns=Unicode)
    def query(ctx, pzxh):
        return "state of " + pzxh


protocols = {"in_protocol": Soap11(validator="lxml"), "out_protocol": Soap11()}
app = WsgiApplication(Application([Filing], "urn:tax.service", **protocols))

if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), app).serve_forever()
