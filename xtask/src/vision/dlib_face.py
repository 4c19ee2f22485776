"""Times face_recognition (dlib) over raw RGB frames. usage: dlib_face.py FOLDER (frames.json as for face_api.mjs)."""
import importlib.metadata, json, pathlib, resource, sys, time
import numpy, dlib, face_recognition

folder = pathlib.Path(sys.argv[1])
listed = json.loads((folder / "frames.json").read_text())

def look(entry):
    raw = numpy.frombuffer((folder / entry["file"]).read_bytes(), numpy.uint8)
    picture = raw.reshape(entry["height"], entry["width"], 3).copy()
    begun, cpu = time.perf_counter(), time.process_time()
    places = face_recognition.face_locations(picture)
    found = face_recognition.face_encodings(picture, known_face_locations=places[:1], model="large")
    ms = (time.perf_counter() - begun) * 1000
    return ms, (time.process_time() - cpu) * 1000, (found[0].tolist() if found else None)

look(listed[0])
frames = []
for entry in listed:
    ms, cpu_ms, descriptor = look(entry)
    frames.append({"file": entry["file"], "ms": ms, "cpu_ms": cpu_ms, "descriptor": descriptor})
print(json.dumps({"version": f"face_recognition {importlib.metadata.version('face_recognition')}, dlib {dlib.__version__}",
                  "peak_memory_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "frames": frames}))
