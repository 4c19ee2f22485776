// Times @vladmandic/face-api on tfjs-wasm over raw RGB frames, and describes them for the pair list.
// usage: node face_api.mjs MODULES FOLDER   (FOLDER/frames.json: [{file,width,height,person}], raw RGB files)
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
const [modules, folder] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(modules), 'package.json'));
const tf = require('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm');
wasm.setWasmPaths(path.join(path.resolve(modules), 'node_modules/@tensorflow/tfjs-backend-wasm/dist/'));
const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');
await tf.setBackend('wasm');
await tf.ready();
const models = path.join(path.resolve(modules), 'node_modules/@vladmandic/face-api/model');
await faceapi.nets.ssdMobilenetv1.loadFromDisk(models);
await faceapi.nets.faceLandmark68Net.loadFromDisk(models);
await faceapi.nets.faceRecognitionNet.loadFromDisk(models);
const options = new faceapi.SsdMobilenetv1Options({ minConfidence: 0.5, maxResults: 1 });
const list = JSON.parse(fs.readFileSync(path.join(folder, 'frames.json'), 'utf8'));
const look = async (entry) => {
  const bytes = fs.readFileSync(path.join(folder, entry.file));
  const tensor = tf.tensor3d(new Uint8Array(bytes), [entry.height, entry.width, 3], 'int32');
  const cpu = process.cpuUsage();
  const begun = process.hrtime.bigint();
  const face = await faceapi.detectSingleFace(tensor, options).withFaceLandmarks().withFaceDescriptor();
  const ms = Number(process.hrtime.bigint() - begun) / 1e6;
  const used = process.cpuUsage(cpu);
  const cpu_ms = (used.user + used.system) / 1000;
  tensor.dispose();
  return { ms, cpu_ms, descriptor: face ? Array.from(face.descriptor) : null };
};
await look(list[0]);
await look(list[0]);
const frames = [];
for (const entry of list) frames.push({ file: entry.file, ...(await look(entry)) });
const version = require('@vladmandic/face-api/package.json').version;
process.stdout.write(JSON.stringify({ version, backend: tf.getBackend(), peak_memory_kb: process.resourceUsage().maxRSS, frames }) + '\n');
