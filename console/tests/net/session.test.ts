import { expect, test } from "vitest";
import { Session, type Surroundings, sessionAfter } from "../../src/net/session.ts";

const from = (status: number, iap = false): Response =>
  new Response(null, { status, headers: iap ? { "x-goog-iap-generated-response": "true" } : {} });

function surroundings(answers: (Response | Error)[]) {
  const seen = { opened: [] as string[], closed: 0, waits: 0 };
  const around: Surroundings = {
    open: (url) => {
      seen.opened.push(url);
      return { close: () => void (seen.closed += 1) };
    },
    probe: async () => {
      const answer = answers.shift() ?? from(401);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    wait: async () => void (seen.waits += 1),
  };
  return { seen, around };
}

test("an answer says how the session stands", () => {
  expect([from(200), from(401), from(401, true), from(403), from(403, true), from(503)].map(sessionAfter)).toEqual([
    "active", "lost", "lost", "active", "wrong_account", "active",
  ]);
});

test("the window is opened at once and closed when the session is back", async () => {
  const { seen, around } = surroundings([from(401), new TypeError("no network"), from(200)]);
  const session = new Session();
  session.state.value = "lost";
  const renewing = session.renew(around);
  expect(seen.opened).toEqual(["/?gcp-iap-mode=DO_SESSION_REFRESH"]);
  await renewing;
  expect(session.state.value).toBe("active");
  expect(seen.closed).toBe(1);
});

test("the wrong account leaves the window open, so that another can be chosen", async () => {
  const { seen, around } = surroundings([from(403, true)]);
  const session = new Session();
  session.state.value = "lost";
  await session.renew(around);
  expect(seen.closed).toBe(0);
  expect(seen.waits).toBe(150);
  expect(session.isRenewing.value).toBe(false);
});

test("a second press opens the window again but asks no more often", async () => {
  const { seen, around } = surroundings([from(401), from(200)]);
  const session = new Session();
  session.state.value = "lost";
  await Promise.all([session.renew(around), session.renew(around)]);
  expect(seen.opened.length).toBe(2);
  expect(seen.waits).toBe(2);
});

test("a browser that opens no window is noticed, and another press may help", async () => {
  const { around } = surroundings([from(200)]);
  const session = new Session();
  session.state.value = "lost";
  const renewing = session.renew({ ...around, open: () => null });
  expect(session.isBlocked.value).toBe(true);
  await renewing;
  await session.renew(around);
  expect(session.isBlocked.value).toBe(false);
});
