// Measures one part of the page in a real Chromium: `node main.ts PART` with a Job as JSON on stdin, the figures as JSON on
// stdout. bench/console/measure.py starts the service, has its runs stored, and compares the figures with their goals.
import { text } from "node:stream/consumers";
import { measureEvents } from "./events.ts";
import { measureIdle } from "./idle.ts";
import type { Job, Measured } from "./job.ts";
import { measureLoads } from "./loads.ts";
import { measureLog } from "./log.ts";
import { measureSheet } from "./sheet.ts";
import { measureStream } from "./stream.ts";
import { measureTasks } from "./tasks.ts";

const PARTS: Readonly<Record<string, (job: Job) => Promise<Measured>>> = {
  loads: measureLoads,
  tasks: measureTasks,
  log: measureLog,
  sheet: measureSheet,
  events: measureEvents,
  idle: measureIdle,
  stream: measureStream,
};

const part = PARTS[process.argv[2] ?? ""];
if (!part) throw new Error(`one of ${Object.keys(PARTS).join(", ")} is expected, not ${process.argv[2]}`);
const job = JSON.parse(await text(process.stdin)) as Job;
console.log(JSON.stringify(await part(job)));
