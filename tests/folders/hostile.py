#!/usr/bin/env python3
"""The hostile twin of conformance.py: half files, wrong names, DTDs, 5 MiB, links, pipes, folders, names that lead elsewhere. Each gets
its error file, is kept in req/rejected/, and nothing appears outside the folders. Under the customary hidden names of answers and face files
stand a pipe, a second name of a file outside, and folders that can't be removed: they hold up nothing, and the file outside is not written.
While it waits it puts a folder beside every hidden name that it sees, where the file would go if it were taken back.

    hostile.py REQ RES OUTSIDE HALF_SECONDS FACE FILE FILE

OUTSIDE is a folder with a secret file in it; it must stay as it was. The FILEs are the names of the face files to come; FACE/.planted says
that they may. Prints what came of each as JSON.
"""

import json
import os
import re
import stat
import sys
import time

req, res, outside, half = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
face, faces = sys.argv[5], sys.argv[6:8]
WAIT = half + 30.0
GOOD = (
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><XmlMsg><MessageBody><QualificationConfirmSearchInfo><InsurerNumber>06123456</InsurerNumber>"
    "<InsuredIdentificationNumber>3456789</InsuredIdentificationNumber></QualificationConfirmSearchInfo></MessageBody></XmlMsg>"
).encode()
DTD = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><XmlMsg><MessageBody>&e;</MessageBody></XmlMsg>'
BOMB = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><XmlMsg>&b;</XmlMsg>'


wanted = 0


def write(name, content):
    global wanted
    wanted += 1
    with open(os.path.join(os.fsencode(req), name if isinstance(name, bytes) else os.fsencode(name)), "wb") as out:
        out.write(content)


def hidden(folder, name, end="tmp"):
    return os.path.join(folder, ".uketsuke-%s.%s" % (name, end))


def in_the_way(path):
    """A folder that is not empty."""
    try:
        os.mkdir(path)
        open(os.path.join(path, "inside"), "wb").close()
    except FileExistsError:
        pass


def foresee():
    """Beside each hidden name that can be seen."""
    for folder in (res, face):
        for name in os.listdir(folder):
            if name.startswith(".uketsuke-") and name.endswith(".tmp"):
                in_the_way(os.path.join(folder, name[:-4] + ".withdrawn"))


secret = os.path.join(outside, "secret.xml")
for folder, pipe, link in ((res, "OQSsiquc01res_half.xml", "OQSsiquc01res_empty.xml"), (face, faces[0], faces[1])):
    os.mkfifo(hidden(folder, pipe))
    os.link(secret, hidden(folder, link))
for name in ("OQSsiquc01res_dtd.xml", "OQSsiquc01res_bomb.xml"):
    in_the_way(hidden(res, name))
for folder, name in [(res, "OQSsiquc01res_dtd.xml")] + [(face, name) for name in faces]:
    in_the_way(hidden(folder, name, "withdrawn"))
open(os.path.join(face, ".planted"), "wb").close()
write("OQSsiquc01req_half.xml", GOOD[: len(GOOD) // 2])
write("OQSsiquc01req_empty.xml", b"")
write("OQSsiquc01req_dtd.xml", DTD)
write("OQSsiquc01req_bomb.xml", BOMB)
write("OQSsiquc01req_big.xml", GOOD + b" " * (5 * 1024 * 1024))
write("OQSsiquc01req_bytes.xml", b'<?xml version="1.0" encoding="UTF-8"?><XmlMsg>\xff\xfe</XmlMsg>')
write("OQSsiquc01req_euc.xml", b'<?xml version="1.0" encoding="EUC-JP"?><XmlMsg></XmlMsg>')
write("OQSsiquc01req_deep.xml", b"<XmlMsg>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</XmlMsg>")
write("OQSsiquc01req_medical.xml", GOOD.replace(b"</InsurerNumber>", b"</InsurerNumber><PharmacistsInfoConsFlg>1</PharmacistsInfoConsFlg>"))
write("OQSmuquc02req_nobody.xml", b"<XmlMsg><MessageBody><ReceptionNumber>9999</ReceptionNumber></MessageBody></XmlMsg>")
write("letter.txt", b"hello")
write("OQSsiquc01req_..%2f..%2fetc.xml", GOOD)
write("..req_.xml"[2:], GOOD)
write(b"OQSsiquc01req_\xff\xfe.xml", GOOD)
write("OQSsiquc01req_\u3042\n.xml", GOOD)
write("x" * 200 + ".xml", GOOD)
os.symlink(secret, os.path.join(req, "OQSsiquc01req_link.xml"))
os.symlink("/etc", os.path.join(req, "OQSsiquc01req_folderlink.xml"))
os.symlink("OQSsiquc01req_loop.xml", os.path.join(req, "OQSsiquc01req_loop.xml"))
os.link(secret, os.path.join(req, "OQSsiquc01req_hard.xml"))
os.mkfifo(os.path.join(req, "OQSsiquc01req_pipe.xml"))
os.mkdir(os.path.join(req, "OQSsiquc01req_dir.xml"))

wanted += 6  # links, pipe, folder
until = time.monotonic() + WAIT
while time.monotonic() < until:
    left = [name for name in os.listdir(os.fsencode(req)) if name not in (b"rejected", b".uketsuke-folder")]
    answers = [name for name in os.listdir(res) if not name.startswith(".")]
    rejected = os.path.join(req, "rejected")
    kept = os.listdir(os.fsencode(rejected)) if os.path.isdir(rejected) else []
    pictures = all(os.path.exists(os.path.join(face, name)) for name in faces)
    # A listing taken while files move may miss one: looked at until all are there.
    if not left and len(answers) >= wanted and len(kept) >= wanted and pictures:
        break
    foresee()
    time.sleep(0.1)
left = [name for name in os.listdir(os.fsencode(req)) if name not in (b"rejected", b".uketsuke-folder")]
codes = {}
for name in sorted(name for name in os.listdir(res) if not name.startswith(".")):
    with open(os.path.join(res, name), "rb") as answer:
        content = answer.read()
    text = content.decode("cp932" if b"shift_jis" in content[:80].lower() else "utf-8")
    code = re.search("<ErrorCode>([^<]*)", text)
    codes[name] = code.group(1) if code else "NO ERROR"
    if "secret" in text or "root:" in text or "PLANTED" in text:
        print("hostile: %s shows what stands outside" % name, file=sys.stderr)
        sys.exit(1)
ours = [(res, name) for name in ("OQSsiquc01res_half.xml", "OQSsiquc01res_empty.xml", "OQSsiquc01res_dtd.xml", "OQSsiquc01res_bomb.xml")]
for folder, name in ours + [(face, name) for name in faces]:
    path = os.path.join(folder, name)
    what = os.lstat(path) if os.path.lexists(path) else None
    if what is None or not stat.S_ISREG(what.st_mode) or what.st_nlink != 1:
        print("hostile: %s did not come as a file of its own" % name, file=sys.stderr)
        sys.exit(1)
kept = os.listdir(os.fsencode(os.path.join(req, "rejected")))
if left or len(codes) != wanted or len(kept) != wanted:
    print("hostile: left %r, %d asked, %d answered, %d kept" % (left, wanted, len(codes), len(kept)), file=sys.stderr)
    sys.exit(1)
if sorted(os.listdir(outside)) != ["secret.xml"] or os.stat(secret).st_size != len("PLANTED"):
    print("hostile: something changed outside", file=sys.stderr)
    sys.exit(1)
print(json.dumps({"asked": wanted, "codes": codes}, ensure_ascii=False))
