"""A forge of a test: Gitea's list of releases, and a git repository over HTTP by git's own server program.

Usage: forge.py FOLDER; FOLDER has releases.json and o/heph.git. Writes its port into FOLDER/port.
A file FOLDER/status with a number makes it answer that instead of the list.
"""

import http.server
import os
import subprocess
import sys

folder = os.path.abspath(sys.argv[1])
backend = os.path.join(subprocess.check_output(["git", "--exec-path"], text=True).strip(), "git-http-backend")


class Forge(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/api/v1/repos/o/heph/releases":
            status = os.path.join(folder, "status")
            if os.path.exists(status):
                return self.answer(int(open(status).read()), "text/html", b"<html>no</html>")
            with open(os.path.join(folder, "releases.json"), "rb") as releases:
                return self.answer(200, "application/json", releases.read())
        self.git()

    def do_POST(self):
        self.git()

    def git(self):
        path, _, query = self.path.partition("?")
        # A forge has its repositories with and without the ending.
        if path.startswith("/o/heph/"):
            path = "/o/heph.git/" + path[len("/o/heph/"):]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "GIT_PROJECT_ROOT": folder,
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
        if encoding := self.headers.get("Content-Encoding"):
            environment["HTTP_CONTENT_ENCODING"] = encoding
        body = self.body()
        environment["CONTENT_LENGTH"] = str(len(body))
        made = subprocess.run([backend], input=body, env=environment, stdout=subprocess.PIPE).stdout
        head, _, rest = made.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        status = int(fields.pop("Status", "200 OK").split()[0])
        self.answer(status, fields.get("Content-Type", "text/plain"), rest)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forge)
with open(os.path.join(folder, "port.new"), "w") as port:
    port.write(str(server.server_port))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
