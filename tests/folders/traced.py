#!/usr/bin/env python3
"""A receipt computer of today for the crash sweep, run under the same recorder as the terminal so that its own writes and removals stand in
the one record, in their order. It makes durable what it does: a request before it is renamed and its name after, a removal after it.

    traced.py REQ RES FACE STOP NUMBERS NUMBERS

NUMBERS is insurer,symbol,number,branch,birth date of a person. Asks by single and by bulk requests in both encodings, takes most answers and all but the last face file, and ends when STOP exists.
"""

import os
import re
import sys
import time


def folder_sync(folder):
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(handle)
    os.close(handle)


def person(numbers):
    insurer, symbol, number, branch, born = numbers
    return (
        "<QualificationConfirmSearchInfo><InsurerNumber>%s</InsurerNumber><InsuredCardSymbol>%s</InsuredCardSymbol>"
        "<InsuredIdentificationNumber>%s</InsuredIdentificationNumber><InsuredBranchNumber>%s</InsuredBranchNumber>"
        "<Birthdate>%s</Birthdate></QualificationConfirmSearchInfo>" % (insurer, symbol, number, branch, born)
    )


def put(folder, name, encoding, body):
    text = (
        '<?xml version="1.0" encoding="%s" standalone="no"?>\r\n<XmlMsg><MessageHeader>'
        "<MedicalInstitutionCode>1310000001</MedicalInstitutionCode></MessageHeader>"
        "<MessageBody>%s</MessageBody></XmlMsg>" % (encoding, body)
    )
    beside = os.path.join(folder, name + ".tmp")
    with open(beside, "wb") as out:
        out.write(text.encode("cp932" if encoding == "Shift_JIS" else "utf-8"))
        out.flush()
        os.fsync(out.fileno())
    os.rename(beside, os.path.join(folder, name))
    folder_sync(folder)


def wait_for(folder, wanted, stop=None):
    while not (stop and os.path.exists(stop)):
        for name in sorted(os.listdir(folder)):
            if not name.startswith(".") and wanted(name):
                return name
        time.sleep(0.03)
    return None


def take(folder, name):
    with open(os.path.join(folder, name), "rb") as answer:
        content = answer.read()
    os.unlink(os.path.join(folder, name))
    folder_sync(folder)
    return content


def main():
    req, res, face, stop = sys.argv[1:5]
    one, other = (tuple(numbers.split(",")) for numbers in sys.argv[5:7])
    count = 0

    def ask(prefix, encoding, body, taken=True):
        nonlocal count
        count += 1
        name = "%sreq_20261122%04d.xml" % (prefix, count)
        put(req, name, encoding, body)
        answer = wait_for(res, lambda found: found == name.replace("req_", "res_"))
        return take(res, answer) if taken else None

    for turn, encoding in enumerate(["UTF-8", "Shift_JIS"] * 2):
        ask("OQSsiquc01", encoding, person(other if turn % 2 else one), taken=turn < 3)
        if turn % 2:
            continue
        receipt = ask("OQSmuquc01", encoding, person(one) + person(other))
        reception = re.search(rb"<ReceptionNumber>([^<]+)<", receipt).group(1).decode()
        fetch = "<ReceptionNumber>%s</ReceptionNumber>" % reception
        while b"<SegmentOfResult>2<" in ask("OQSmuquc02", encoding, fetch):
            time.sleep(0.1)
    # All but the last face file; more come while visits go on.
    for _ in range(2):
        name = wait_for(face, lambda found: True, stop)
        if name:
            take(face, name)
    while not os.path.exists(stop):
        time.sleep(0.05)


main()
