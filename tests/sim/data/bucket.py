"""A bucket on this machine that speaks as much S3 as a landing place and an export need (list, head, get, put), and that has bad moments when
asked to.

Bad moments are answers to the next calls: `500` and `503` as S3 says them, `cut` (half of the body, then the end of the connection)
and `silent` (no answer at all). Of what is put, a cut one arrives by half and is not kept, and a silent one is kept. A list has pages of
three, so that they can break in the middle.
"""
import collections
import hashlib
import http.server
import threading
import urllib.parse

TROUBLES = ("500", "503", "cut", "silent")
KEYS_OF_A_PAGE = 3
CODES = {"500": "InternalError", "503": "SlowDown"}


class Bucket:
    def __init__(self):
        self.objects, self.coming, self.struck, self.lock = {}, collections.deque(), collections.Counter(), threading.Lock()
        bucket = self

        class Handler(Door):
            of = bucket

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def put(self, key, body):
        with self.lock:
            self.objects[key] = body

    def trouble(self, what, calls):
        """The next calls are answered so."""
        with self.lock:
            self.coming.extend([what] * calls)

    def calm(self):
        with self.lock:
            self.coming.clear()

    def next_trouble(self, method):
        with self.lock:
            what = self.coming.popleft() if self.coming else ""
            if what:
                self.struck[f"s3.put.{what}" if method == "PUT" else f"s3.{what}"] += 1
            return what

    def get(self, key):
        with self.lock:
            return self.objects.get(key)

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Door(http.server.BaseHTTPRequestHandler):
    of = None

    def do_HEAD(self):
        self.do_GET()

    def do_PUT(self):
        what = self.of.next_trouble("PUT")
        size = int(self.headers["Content-Length"])
        if self.headers.get("Expect") == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        if what == "cut":
            self.rfile.read(size // 2)
            return
        body = self.rfile.read(size)
        if what in CODES:
            return self.answer(int(what), f"<Error><Code>{CODES[what]}</Code></Error>".encode())
        if len(body) == size:  # who dies while it sends has put nothing
            self.of.put(urllib.parse.unquote(self.path).partition("/")[2].partition("/")[2], body)
        if what != "silent":
            self.answer(200, b"", {"ETag": etag_of(body)})

    def do_GET(self):
        what = self.of.next_trouble(self.command)
        if what == "silent" or (what == "cut" and self.command == "HEAD"):
            return  # the connection ends
        if what in CODES:
            return self.answer(int(what), f"<Error><Code>{CODES[what]}</Code></Error>".encode())
        where = urllib.parse.urlsplit(self.path)
        key = urllib.parse.unquote(where.path).partition("/")[2].partition("/")[2]
        if key:
            self.give(key, what)
        else:
            self.list(dict(urllib.parse.parse_qsl(where.query)), what)

    def give(self, key, what):
        with self.of.lock:
            body = self.of.objects.get(key)
        if body is None:
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        etag = etag_of(body)
        if self.headers.get("If-Match", etag) != etag:
            return self.answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        first, _, last = self.headers.get("Range", "bytes=0-").partition("=")[2].partition("-")
        part = body[int(first):int(last) + 1 if last else None]
        more = {"ETag": etag, "Content-Range": f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}"}
        self.answer(206 if "Range" in self.headers else 200, part, more, what)

    def list(self, asked, what):
        with self.of.lock:
            found = sorted((key, body) for key, body in self.of.objects.items() if key.startswith(asked.get("prefix", "")))
        at = int(asked.get("continuation-token", "0"))
        keys = "".join(f"<Contents><Key>{urllib.parse.quote(key)}</Key><Size>{len(body)}</Size><ETag>{etag_of(body)}</ETag></Contents>" for key, body in found[at:at + KEYS_OF_A_PAGE])
        after = at + KEYS_OF_A_PAGE
        more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{after}</NextContinuationToken>" if after < len(found) else "<IsTruncated>false</IsTruncated>"
        self.answer(200, f"<ListBucketResult><EncodingType>url</EncodingType>{keys}{more}</ListBucketResult>".encode(), {}, what)

    def answer(self, status, body, headers=None, what=""):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if what == "cut" else body)

    def log_message(self, *_):
        pass


def etag_of(body):
    return '"' + hashlib.md5(body).hexdigest() + '"'
