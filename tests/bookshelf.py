"""A shelf of books that Datasette keeps: its target file, and a scenario of people who lend books."""

SHELF_TARGET = """\
# How does Datasette speak? Reads are GETs of JSON, a write is a form to a canned query.
name: datasette
environment: test
url: http://127.0.0.1:9
success: {status: [200], where: {ok: true}, code: error, data: rows.0}
defaults: {method: GET, body: null, headers: {Accept: application/json}}
operations:
  shelf.add:
    method: POST
    path: /shelf/add_book.json
    format: form
    body: {title: "${title}", isbn: "${isbn}"}
    success: {data: ""}
    captures: {said: message}
  shelf.find:
    path: /shelf/books.json
    query: {_shape: objects, isbn__exact: "${isbn}", _note: "${SAVED:said}"}
    success: {where: {truncated: false, rows.0.isbn: "4711"}}
  shelf.count:
    path: /shelf.json
    query: {sql: "select count(*) as n from books"}
"""
SHELF = """\
# Does the shelf answer when people add books and look for them?
name: shelf
target: target.yaml
data: {seed: 7, taxpayers: 500}
load:
  operators: [{unit: 14301030000, post: readers, count: 4}]
  stages: [{hold: 2s}]
posts:
  readers: {journeys: {shelf.lend: 1}, think_time: {fixed: 200ms}}
journeys:
  shelf.lend:
    - {send: shelf.add, fields: {title: "${taxpayer.name}", isbn: "4711"}}
    - {send: shelf.find, fields: {isbn: "4711"}}
    - shelf.count
thresholds: {"*": [error_rate < 0.1%, rejection_rate < 1%], shelf.find: [p95 < 5s]}
"""
