import { signal } from "@preact/signals";
import { follow } from "../src/net/stream.ts";
import type { Job, Measured } from "./job.ts";
import { Relay } from "./relay.ts";

const KILLS = 1_000;
const BYTES_PER_KILL = 4_000; // on average; an entry has some 300

/**
 * The reader of the page follows the log of a large run, and its connection is killed a thousand times in the middle of
 * what it is sent. It runs in Node.js: in a browser the waits between connections would take twenty minutes.
 */
export async function measureStream(job: Job): Promise<Measured> {
  const relay = await Relay.before(job.service);
  const numbers: number[] = [];
  const stopped = new AbortController();
  let kills = 0;
  let left = 0;
  relay.onPiece = (piece) => {
    if (kills === KILLS) return piece.length;
    const passed = Math.min(left, piece.length);
    left -= passed;
    if (passed === piece.length) return passed;
    kills += 1;
    left = (kills * 2_654_435_761) % (2 * BYTES_PER_KILL);
    return passed;
  };
  const entries = KILLS * 10;
  const options = {
    url: `${relay.origin}/api/runs/${job.largeRun}/logs/stream`,
    signal: stopped.signal,
    onEvent: ({ data }: { data: string }) => {
      numbers.push((JSON.parse(data) as { number: number }).number);
      if (kills === KILLS && numbers.length >= entries) stopped.abort();
    },
  };
  const wire = {
    send: (request: Request) => fetch(new Request(request, { headers: { ...Object.fromEntries(request.headers), "X-Dev-User": job.user } })),
    wait: async () => undefined,
    random: () => 0,
    present: signal(true),
  };
  try {
    await follow(options, wire).catch((error: unknown) => {
      if (!stopped.signal.aborted) throw error;
    });
  } finally {
    relay.stop();
  }
  const wrong = numbers.filter((number, index) => number !== index).length;
  const against = `${numbers.length.toLocaleString("en")} entries over ${relay.asked.length.toLocaleString("en")} connections, of which ${kills.toLocaleString("en")} were killed; the reader of the page in Node.js`;
  return { "console.stream.lost_or_repeated": { value: wrong, against } };
}
