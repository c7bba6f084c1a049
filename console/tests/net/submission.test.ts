import { describe, expect, it } from "vitest";
import { ApiError } from "../../src/api/errors.ts";
import { Submission, type SubmissionWire, type Unanswered } from "../../src/net/submission.ts";

const away = (seconds: number | null): ApiError => new ApiError(503, { detail: "away" }, null, seconds);
const refused = new ApiError(422, { detail: "no" }, null, null);

interface Sent extends SubmissionWire<string> {
  readonly keys: string[];
  readonly waits: number[];
}

/** A service that answers so, in turn: errors are thrown. */
function service(...answers: readonly (string | Error)[]): Sent {
  const keys: string[] = [];
  const waits: number[] = [];
  let made = 0;
  return {
    keys,
    waits,
    newKey: () => `key-${++made}`,
    wait: async (ms) => void waits.push(ms),
    post: async (key) => {
      const answer = answers[keys.push(key) - 1] ?? "done";
      if (typeof answer !== "string") throw answer;
      return answer;
    },
  };
}

describe("a submission", () => {
  it("is sent again with its key while no answer comes, after the time the service asks for", async () => {
    const wire = service(away(2), new TypeError("network"), "run-1");
    expect(await new Submission("body", { current: null }, wire).send()).toBe("run-1");
    expect(wire.keys).toEqual(["key-1", "key-1", "key-1"]);
    expect(wire.waits).toEqual([2_000, 5_000]);
  });

  it("gives up after three tries and says why", async () => {
    const wire = service(away(1), away(1), away(1));
    const submission = new Submission("body", { current: null }, wire);
    expect(await submission.send()).toBeNull();
    expect(submission.state.value).toMatchObject({ name: "refused", error: { status: 503 } });
    expect(wire.keys).toHaveLength(3);
  });

  it("is not sent again after a refusal", async () => {
    const wire = service(refused);
    expect(await new Submission("body", { current: null }, wire).send()).toBeNull();
    expect(wire.keys).toEqual(["key-1"]);
  });
});

describe("the next dialog", () => {
  const after = async (...answers: readonly (string | Error)[]): Promise<Unanswered> => {
    const unanswered: Unanswered = { current: null };
    await new Submission("body", unanswered, service(...answers)).send();
    return unanswered;
  };
  const keyOf = async (body: string, unanswered: Unanswered): Promise<string | undefined> => {
    const wire = { ...service("run-2"), newKey: () => "another" };
    await new Submission(body, unanswered, wire).send();
    return wire.keys[0];
  };

  it("has the key of a lost attempt with the same body", async () => {
    expect(await keyOf("body", await after(away(1), away(1), away(1)))).toBe("key-1");
  });

  it("has another key for another body, after an answer and after a refusal", async () => {
    expect(await keyOf("other", await after(away(1), away(1), away(1)))).toBe("another");
    expect(await keyOf("body", await after("run-1"))).toBe("another");
    expect(await keyOf("body", await after(refused))).toBe("another");
  });
});
