import { expect, test } from "vitest";
import { NoAnswerError } from "../../src/api/errors.ts";
import { type Wire, send } from "../../src/net/send.ts";
import { Session } from "../../src/net/session.ts";

const ADDRESS = "http://sluice.test/api/runs";

function wired(answers: (Response | Error)[], after: Wire["after"] = () => () => undefined) {
  const sent: { method: string; body: string; headers: Headers }[] = [];
  const session = new Session();
  const wire: Wire = {
    session,
    wait: async () => undefined,
    after,
    fetch: async (request) => {
      sent.push({ method: request.method, body: await request.text(), headers: request.headers });
      const answer = answers.shift();
      if (!answer || answer instanceof Error) throw answer ?? new Error("nothing more was expected");
      return answer;
    },
  };
  return { wire, sent, session };
}

const ok = (): Response => Response.json({});
const status = (code: number, headers: Record<string, string> = {}): Response => Response.json({}, { status: code, headers });

test("every request carries the header for which a lost session is a 401", async () => {
  const { wire, sent } = wired([ok()]);
  await send(new Request(ADDRESS), wire);
  expect(sent[0]?.headers.get("X-Requested-With")).toBe("XMLHttpRequest");
});

test.each([new TypeError("no network"), status(503), status(502), status(504)])("reading is tried twice", async (first) => {
  const { wire, sent } = wired([first, ok()]);
  expect((await send(new Request(ADDRESS), wire)).status).toBe(200);
  expect(sent.length).toBe(2);
});

test("reading is not tried a third time", async () => {
  const { wire } = wired([status(503), status(503)]);
  expect((await send(new Request(ADDRESS), wire)).status).toBe(503);
});

const hangs = (request: Request): Promise<Response> =>
  new Promise((_resolve, reject) => {
    if (request.signal.aborted) reject(request.signal.reason);
    request.signal.addEventListener("abort", () => reject(request.signal.reason));
  });
const atOnce: Wire["after"] = (_ms, action) => {
  action();
  return () => undefined;
};

test("reading to which no answer begins in time is given up, and not tried again", async () => {
  const { wire } = wired([], atOnce);
  let sent = 0;
  const silent: Wire = { ...wire, fetch: (request) => (sent++, hangs(request)) };
  await expect(send(new Request(ADDRESS), silent)).rejects.toThrow(NoAnswerError);
  expect(sent).toBe(1);
});

test("the time for an answer ends with its beginning, so that a stream may go on", async () => {
  let isRunning = false;
  const { wire } = wired([ok()], () => {
    isRunning = true;
    return () => (isRunning = false);
  });
  await send(new Request(ADDRESS), wire);
  expect(isRunning).toBe(false);
});

test("reading that the page gives up itself is no silence", async () => {
  const { wire } = wired([]);
  const given = new AbortController();
  const asking = send(new Request(ADDRESS, { signal: given.signal }), { ...wire, fetch: hangs });
  given.abort();
  await expect(asking).rejects.toThrow(DOMException);
});

test("what changes something is not limited, because it may have arrived", async () => {
  const { wire } = wired([ok()], atOnce);
  expect((await send(new Request(ADDRESS, { method: "POST" }), wire)).status).toBe(200);
});

test("what changes something is sent once", async () => {
  const { wire, sent } = wired([status(503)]);
  expect((await send(new Request(ADDRESS, { method: "POST", body: "{}" }), wire)).status).toBe(503);
  expect(sent.length).toBe(1);
});

test("a request waits while the session is lost and is then sent again with its body and key", async () => {
  const { wire, sent, session } = wired([status(401), ok()]);
  const request = new Request(ADDRESS, { method: "POST", body: "sheet", headers: { "Idempotency-Key": "k" } });
  const asking = send(request, wire);
  await new Promise((resolve) => setTimeout(resolve));
  expect(session.state.value).toBe("lost");
  expect(sent.length).toBe(1);
  session.state.value = "active";
  expect((await asking).status).toBe(200);
  expect(sent.map((one) => [one.body, one.headers.get("Idempotency-Key")])).toEqual([
    ["sheet", "k"],
    ["sheet", "k"],
  ]);
});

test("nothing is sent while the session is lost", async () => {
  const { wire, sent, session } = wired([ok()]);
  session.state.value = "lost";
  const asking = send(new Request(ADDRESS), wire);
  await new Promise((resolve) => setTimeout(resolve));
  expect(sent.length).toBe(0);
  session.state.value = "active";
  await asking;
});

test("a 403 of Identity-Aware Proxy is the wrong account, one of Sluice is an answer", async () => {
  const own = wired([status(403)]);
  expect((await send(new Request(ADDRESS), own.wire)).status).toBe(403);
  const iaps = wired([status(403, { "x-goog-iap-generated-response": "true" }), ok()]);
  const asking = send(new Request(ADDRESS), iaps.wire);
  await new Promise((resolve) => setTimeout(resolve));
  expect(iaps.session.state.value).toBe("wrong_account");
  iaps.session.state.value = "active";
  await asking;
});

test("a request that is given up stops waiting for the session", async () => {
  const { wire, session } = wired([]);
  session.state.value = "lost";
  const given = new AbortController();
  const asking = send(new Request(ADDRESS, { signal: given.signal }), wire);
  given.abort();
  await expect(asking).rejects.toThrow(DOMException);
});
