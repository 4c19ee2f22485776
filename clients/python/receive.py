#!/usr/bin/env python3
"""Sample client: takes qualification results from an uketsuke terminal and writes each into a file.

Written to be copied from by makers of receipt computers. Python 3.9 or newer, standard library only.

    receive.py --out /srv/receipt/in                     follow the terminal for ever
    receive.py --out /srv/receipt/in --once              take what is there, then stop
    receive.py --out /srv/receipt/in --once --json       the same, told as one JSON document

What makes it safe to copy:

  * It claims a result before it reads it. A result has exactly one owner, so two receipt computers never import the
    same one; a result that belongs to somebody else is left alone.
  * It acknowledges only after the file lies on the disk (temporary name, fsync, rename, fsync of the directory).
  * It remembers the number of the last event it has finished with, in a file, and resumes there (Last-Event-ID). If it
    is killed anywhere in between, the same result comes again under the same id and the same file name, and
    is written over: nothing is lost and nothing is doubled.
  * It never guesses whose result it is: reader and visit stand in every result.

Exit codes: 0 done, 1 the terminal refused or the answer was unusable, 2 wrong arguments, 3 the terminal can't be
reached, 4 --once and the time was over before everything was taken.
"""

import argparse
import http.client
import json
import os
import re
import socket
import sys
import tempfile
import time

DEFAULT_SOCKET = "/run/uketsuke/receipt.sock"
MAX_BODY = 16 * 1024 * 1024  # more than any result; a limit all the same
PASSING = (408, 429, 503, 507)  # refusals that end by themselves
ACCEPT = {
    "json": ("application/json", "json"),
    "xml": ("application/xml; charset=UTF-8", "xml"),
    "sjis": ("application/xml; charset=Shift_JIS", "xml"),
}


class Unreachable(Exception):
    """The terminal can't be reached: no socket, nobody listening, connection broken."""


class Refused(Exception):
    """The terminal answered with a problem (application/problem+json)."""

    def __init__(self, problem):
        self.code = problem.get("code", "?")
        self.status = problem.get("status", 0)
        self.owner = problem.get("owner")
        super().__init__("%s: %s / %s" % (self.code, problem.get("ja", ""), problem.get("en", "")))


class UnixConnection(http.client.HTTPConnection):
    """http.client over a Unix socket. This is all that is needed to speak to the terminal."""

    def __init__(self, path, timeout):
        super().__init__("terminal", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Terminal:
    """The few requests a receipt computer needs. Every one may be repeated without harm."""

    def __init__(self, path, timeout):
        self.path = path
        self.timeout = timeout

    def _open(self, method, target, headers, timeout=None):
        connection = UnixConnection(self.path, self.timeout if timeout is None else timeout)
        try:
            connection.request(method, target, headers=headers)
            return connection, connection.getresponse()
        except FileNotFoundError:
            connection.close()
            raise Unreachable("there is no socket at %s: is the terminal installed and running?" % self.path)
        except PermissionError:
            connection.close()
            raise Unreachable("no permission for %s: is this user in the group uketsuke-receipt?" % self.path)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Unreachable("the terminal at %s does not answer: %s" % (self.path, error or type(error).__name__))

    def request(self, method, target, accept="application/json"):
        """One request on a connection of its own: (headers, bytes)."""
        connection, response = self._open(method, target, {"Accept": accept})
        try:
            body = response.read(MAX_BODY + 1)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable("the connection broke off: %s" % error)
        finally:
            connection.close()
        if response.status != 200:
            raise Refused(problem_of(response, body))
        if len(body) > MAX_BODY:
            raise Refused({"code": "client", "en": "the answer is larger than %d bytes" % MAX_BODY})
        return response.headers, body

    def events(self, last_id, wait):
        """Follows the event stream after event `last_id`: yields (number, kind, data).

        A heartbeat comes every 15 seconds, so a connection on which nothing comes for `wait` seconds is dead.
        """
        headers = {"Accept": "text/event-stream"}
        if last_id:
            headers["Last-Event-ID"] = str(last_id)
        connection, response = self._open("GET", "/v1/events", headers, wait)
        try:
            if response.status != 200:
                raise Refused(problem_of(response, response.read(MAX_BODY)))
            # A server-sent event is a few "field: value" lines, ended by an empty line; ":" begins a comment.
            event = {}
            while True:
                line = response.readline(65536)
                if not line:
                    return  # the terminal ended the stream; connect again
                line = line.decode("utf-8").rstrip("\r\n")
                if line.startswith(":"):
                    continue
                if line:
                    field, _, value = line.partition(":")
                    event[field] = value[1:] if value.startswith(" ") else value
                elif "data" in event:
                    yield int(event["id"]), event.get("event", ""), json.loads(event["data"])
                    event = {}
                else:
                    event = {}
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable("the event stream broke off: %s" % error)
        finally:
            connection.close()


def problem_of(response, body):
    """The problem document, or something like it when the answer is none."""
    try:
        problem = json.loads(body)
        if isinstance(problem, dict):
            return problem
    except ValueError:
        pass
    return {"code": "HTTP %d" % response.status, "status": response.status, "en": response.reason}


def write_durably(directory, name, body):
    """The file is either there in full under its name or not at all, also after a power cut."""
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=directory)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, os.path.join(directory, name))
    except BaseException:
        os.unlink(temporary)
        raise
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Receiver:
    """Takes results over, one after the other."""

    def __init__(self, terminal, out, form, say):
        self.terminal = terminal
        self.out = out
        self.accept, self.extension = ACCEPT[form]
        self.say = say
        self.cursor = os.path.join(out, ".last-event-id")
        self.taken = []
        self.left = []
        self.unfinished = False  # something was left that a person must look at

    def last_id(self):
        try:
            with open(self.cursor, encoding="ascii") as file:
                return int(file.read())
        except (FileNotFoundError, ValueError):
            return 0  # from the beginning: what was taken before is recognised by its state

    def remember(self, number):
        write_durably(self.out, os.path.basename(self.cursor), str(number).encode("ascii"))

    def take(self, result_id):
        """Claim, get, write, acknowledge. May be interrupted anywhere and done again."""
        # The id becomes a file name: nothing but what an id may hold.
        if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", result_id):
            raise Refused({"code": "client", "en": "unusable result id"})
        target = "/v1/results/" + result_id
        try:
            _, claimed = self.terminal.request("POST", target + "/claim")
        except Refused as problem:
            if problem.code == "UK-RCPT-007":  # another receipt computer has it
                self.say("%s belongs to %s, left alone" % (result_id, problem.owner))
                self.left.append({"id": result_id, "owner": problem.owner})
                return
            if problem.code == "UK-RCPT-002":  # medical information, and this client has no right to it
                self.say("%s: no right to take it, left alone" % result_id)
                self.leave({"id": result_id, "owner": None})
                return
            raise
        about = json.loads(claimed)
        if about["state"] == "acknowledged":
            return  # taken in an earlier run
        try:
            headers, body = self.terminal.request("GET", target, self.accept)
        except Refused as problem:
            if problem.code != "UK-RCPT-019":
                raise
            # The terminal cannot read it itself: those after it must not wait for it. It stays claimed and not
            # acknowledged, so that staff see it; a release would only bring it back here.
            self.say("%s cannot be given: %s" % (result_id, problem))
            self.leave({"id": result_id, "owner": None, "code": problem.code})
            return
        # A copy is for looking at only. It can't happen after a claim, and is checked all the same.
        if headers.get("Uketsuke-Copy"):
            raise Refused({"code": "client", "en": "the result is a copy, not for import"})
        mark = "SIMULATION_" if about["simulated"] else ""
        name = "%s%s.%s" % (mark, result_id, self.extension)
        write_durably(self.out, name, body)
        # --- A receipt computer would import the file here, before it acknowledges. ---
        self.terminal.request("POST", target + "/acknowledge")
        lost = headers.get("Uketsuke-Lost-Characters")
        if lost:
            self.say("%s: characters that Shift_JIS lacks: %s" % (result_id, lost))
        self.say("%s  visit %s  reader %s" % (name, about["visit"], about["reader"]))
        self.taken.append({
            "id": result_id,
            "file": name,
            "kind": about["kind"],
            "visit": about["visit"],
            "reader": about["reader"],
            "simulated": about["simulated"],
        })

    def leave(self, about):
        self.unfinished = True
        if all(one["id"] != about["id"] for one in self.left):
            self.left.append(about)

    def passed_over(self):
        """What the events told before our place and nobody took: left in an earlier run, when a right was missing, say."""
        after = 0
        while after is not None:
            target = "/v1/results?state=unacknowledged&limit=100&after=%d" % after
            _, body = self.terminal.request("GET", target)
            page = json.loads(body)
            for about in page["results"]:
                if about["owner"] is None or about["mine"]:
                    self.take(about["id"])
            after = page.get("next")

    def handle(self, number, kind, data):
        # "result-released": another client gave it back, so it may be ours now.
        if kind in ("result-stored", "result-released"):
            self.take(data["result"])
        self.remember(number)

    def begin(self):
        """The newest event there is now. When ours is newer, the terminal has begun a new ledger: begin anew too."""
        _, body = self.terminal.request("GET", "/v1/status")
        newest = json.loads(body)["latest_event"]
        if self.last_id() > newest:
            self.say("the terminal counts its events from the beginning again; so do we")
            self.remember(0)
        return newest

    def once(self, deadline):
        """Takes everything up to the newest event there is now."""
        newest = self.begin()
        self.passed_over()
        while self.last_id() < newest:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            for number, kind, data in self.terminal.events(self.last_id(), left):
                self.handle(number, kind, data)
                if number >= newest:
                    break
                if time.monotonic() >= deadline:
                    return False
        return True

    def follow(self, wait):
        """Follows for ever; a lost connection is made again and resumed."""
        while True:
            try:
                self.begin()
                self.passed_over()
                for number, kind, data in self.terminal.events(self.last_id(), wait):
                    self.handle(number, kind, data)
            except Unreachable as error:
                self.say("%s; trying again" % error)
            except Refused as problem:
                # Busy, full or restarting: that passes. Anything else needs a person.
                if problem.status not in PASSING:
                    raise
                self.say("%s; trying again" % problem)
            time.sleep(2)


def main():
    parser = argparse.ArgumentParser(description="Take results from an uketsuke terminal.")
    parser.add_argument("--socket", default=DEFAULT_SOCKET, help="the terminal's socket (%(default)s)")
    parser.add_argument("--out", required=True, help="directory for the files; must exist")
    parser.add_argument("--form", choices=sorted(ACCEPT), default="json", help="form of the files (%(default)s)")
    parser.add_argument("--once", action="store_true", help="take what is there and stop")
    parser.add_argument("--json", action="store_true", help="with --once: tell the outcome as one JSON document")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds for an answer, and for --once in all")
    options = parser.parse_args()
    if not os.path.isdir(options.out):
        parser.error("--out: %s is not a directory" % options.out)
    if options.timeout <= 0:
        parser.error("--timeout: must be more than 0")
    if options.json and not options.once:
        parser.error("--json needs --once")

    deadline = time.monotonic() + options.timeout
    say = (lambda line: None) if options.json else (lambda line: print(line, flush=True))
    receiver = Receiver(Terminal(options.socket, options.timeout), options.out, options.form, say)
    error, code = None, 0
    try:
        if not options.once:
            receiver.terminal.request("GET", "/v1/status")  # a wrong socket is said at once, not for ever
            receiver.follow(max(options.timeout, 35.0))
        elif not receiver.once(deadline):
            error, code = "the time was over before everything was taken", 4
        elif receiver.unfinished:
            error, code = "something could not be taken; see what was left", 1
    except Unreachable as problem:
        error, code = str(problem), 3
    except Refused as problem:
        error, code = str(problem), 1
    except (ValueError, KeyError, TypeError) as problem:
        error, code = "the terminal's answer is not understood: %r" % problem, 1
    except OSError as problem:
        error, code = "cannot write to %s: %s" % (options.out, problem), 1
    except KeyboardInterrupt:
        code = 0
    if options.json:
        document = {"ok": code == 0, "taken": receiver.taken, "left": receiver.left}
        if error:
            document["error"] = error
        print(json.dumps(document, ensure_ascii=False))
    if error:
        print("receive.py: " + error, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
