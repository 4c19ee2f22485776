#!/usr/bin/env python3
"""Plays a receipt computer of today on the folders: writes requests (elsewhere first, flushed, renamed), polls for the answers, reads
them in the encoding they declare, moves them away. Single and bulk requests and the files in face/, in UTF-8 and Shift_JIS.

    conformance.py REQ RES FACE [--faces N] [--zip]

Prints one JSON document: what was asked and what came. Ends with 1 and a sentence when something is not as an existing program expects.
"""

import json
import os
import re
import sys
import time
import xml.etree.ElementTree as ET
import zipfile

WAIT = 40.0


def fail(text):
    print("conformance: " + text, file=sys.stderr)
    sys.exit(1)


def person(number):
    return (
        "<QualificationConfirmSearchInfo><InsurerNumber>06123456</InsurerNumber>"
        "<InsuredIdentificationNumber>%s</InsuredIdentificationNumber>"
        "<Birthdate>19900115</Birthdate></QualificationConfirmSearchInfo>" % number
    )


def message(encoding, identifier, body):
    text = (
        '<?xml version="1.0" encoding="%s" standalone="no"?>\r\n<XmlMsg><MessageHeader>'
        "<MedicalInstitutionCode>1310000001</MedicalInstitutionCode>"
        "<ArbitraryFileIdentifier>%s</ArbitraryFileIdentifier></MessageHeader>"
        "<MessageBody>%s</MessageBody></XmlMsg>" % (encoding, identifier, body)
    )
    return text.encode("cp932" if encoding == "Shift_JIS" else "utf-8")


def put(folder, name, content):
    beside = os.path.join(folder, name + ".tmp")
    with open(beside, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.rename(beside, os.path.join(folder, name))


def wait_for(folder, wanted):
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        for name in sorted(os.listdir(folder)):
            if not name.startswith(".") and wanted(name):
                return name
        time.sleep(0.05)
    fail("no answer in %s; it holds %r" % (folder, sorted(os.listdir(folder))))


def parse(content):
    """What every existing program does: the declaration says the encoding."""
    declared = re.match(rb'<\?xml[^>]*encoding="([^"]+)"', content)
    if not declared:
        fail("no XML declaration")
    encoding = declared.group(1).decode()
    text = content.decode("cp932" if encoding.lower() == "shift_jis" else encoding)
    return encoding, ET.fromstring(re.sub(r"^<\?xml[^>]*\?>", "", text))


def take(folder, name, away):
    """Read twice, compare, then move away: as careful programs do."""
    path = os.path.join(folder, name)
    with open(path, "rb") as first:
        content = first.read()
    time.sleep(0.02)
    with open(path, "rb") as second:
        if second.read() != content:
            fail("%s changed while it was read" % name)
    os.rename(path, os.path.join(away, name))
    if name.endswith(".zip"):
        with zipfile.ZipFile(os.path.join(away, name)) as archive:
            inner = archive.namelist()
            if len(inner) != 1 or not inner[0].endswith(".xml"):
                fail("a ZIP with %r" % inner)
            content = archive.read(inner[0])
    return parse(content)


def exchange(req, res, away, name, content):
    put(req, name, content)
    stem = name.replace("req_", "res_")[: -len(".xml")]
    answer = wait_for(res, lambda found: found in (stem + ".xml", stem + ".zip"))
    if os.path.exists(os.path.join(req, name)):
        fail("%s is still in req/" % name)
    return take(res, answer, away)


def main():
    req, res, face = sys.argv[1:4]
    faces = int(sys.argv[sys.argv.index("--faces") + 1]) if "--faces" in sys.argv else 0
    away = os.path.join(os.path.dirname(res), "taken")
    os.makedirs(away, exist_ok=True)
    report = {"single": [], "bulk": [], "faces": []}
    number = 0
    for encoding in ("UTF-8", "Shift_JIS"):
        number += 1
        name = "OQSsiquc01req_20261122%04d.xml" % number
        answered_in, root = exchange(req, res, away, name, message(encoding, "single%d" % number, person("3456789")))
        if answered_in.lower() != encoding.lower():
            fail("asked in %s, answered in %s" % (encoding, answered_in))
        report["single"].append({
            "encoding": answered_in,
            "segment": root.findtext("MessageHeader/SegmentOfResult"),
            "name": root.findtext(".//ResultOfQualificationConfirmation/Name"),
        })

        number += 1
        body = person("3456789") + person("3456789") + person("9999999")
        name = "OQSmuquc01req_20261122%04d.xml" % number
        _, root = exchange(req, res, away, name, message(encoding, "bulk%d" % number, body))
        reception = root.findtext("MessageHeader/ReceptionNumber")
        if not reception:
            fail("no ReceptionNumber")
        if root.findtext("MessageHeader/ArbitraryFileIdentifier") != "bulk%d" % number:
            fail("ArbitraryFileIdentifier was not echoed")
        working = 0
        while True:
            number += 1
            name = "OQSmuquc02req_20261122%04d.xml" % number
            fetch = "<ReceptionNumber>%s</ReceptionNumber>" % reception
            answered_in, root = exchange(req, res, away, name, message(encoding, "fetch%d" % number, fetch))
            if root.findtext("MessageHeader/SegmentOfResult") != "2":
                break
            working += 1
            if working > 100:
                fail("the bulk job never ends")
            time.sleep(0.1)
        units = root.findall("MessageBody/BulkConfirmUnit")
        if int(root.findtext("MessageHeader/NumberOfProcessingResult")) != len(units):
            fail("the counts do not agree")
        report["bulk"].append({"encoding": answered_in, "persons": len(units), "working": working})
    pattern = re.compile(r"^OQSsiquc01res_face_[0-9]{10}.{20}_[0-9]{14}\.xml$")
    for _ in range(faces):
        name = wait_for(face, lambda found: True)
        if not pattern.match(name):
            fail("face file %r" % name)
        answered_in, root = take(face, name, away)
        report["faces"].append({
            "file": name,
            "encoding": answered_in,
            "name": root.findtext(".//ResultOfQualificationConfirmation/Name"),
        })
    left = [name for name in os.listdir(req) if name not in ("rejected", ".uketsuke-folder")]
    if left:
        fail("left in req/: %r" % left)
    print(json.dumps(report, ensure_ascii=False))


main()
