import { expect, test } from "vitest";
import { ApiError, NoAnswerError, errorFrom, explain, quotingEntries } from "../../src/api/errors.ts";

const answer = (status: number, headers: Record<string, string> = {}): Response => new Response(null, { status, headers });
const body = { error: "x", detail: "run run-1a2b3c4d belongs to another user", code: "FORBIDDEN" };

test.each([400, 401, 403, 404, 409, 413, 418, 422, 429, 500, 502, 503, 504])("a %i says what to do", (status) => {
  const { title, advice, detail } = explain(errorFrom(answer(status), body));
  expect(title.length).toBeGreaterThan(5);
  expect(advice.length).toBeGreaterThan(10);
  expect(detail).toBe("Run run-1a2b3c4d belongs to another user.");
});

test("the id of the request is there for the operator", () => {
  expect(explain(errorFrom(answer(403, { "x-request-id": "abc" }), body)).requestId).toBe("abc");
});

test("how long to wait is said where the service says it", () => {
  expect(explain(errorFrom(answer(429, { "Retry-After": "7" }), body)).advice).toContain("Wait 7 s");
});

test("an answer that is not Sluice's, and none at all, are explained as well", () => {
  expect(explain(errorFrom(answer(503), "<html>Bad gateway</html>")).detail).toBe("");
  expect(explain(new TypeError("Failed to fetch")).title).toBe("Sluice cannot be reached");
  expect(explain(new NoAnswerError()).title).toBe("Sluice has not answered for 30 seconds");
});

test("only what may pass by itself is worth another try", () => {
  const temporary = [403, 404, 408, 409, 422, 429, 500, 503].filter((status) => errorFrom(answer(status), body).isTemporary);
  expect(temporary).toEqual([408, 429, 500, 503]);
  expect(errorFrom(answer(500), body)).toBeInstanceOf(ApiError);
});

test("entries at fault are quoted, not named by their places", () => {
  const wrong = (field: string) => ({ field, row: null, column: null, message: "must end in @lab.example, or everyone" });
  const refusal = (...fields: string[]) => errorFrom(answer(422), { ...body, detail: "shared_with.1: must end", faults: fields.map(wrong) });
  const sent = { shared_with: ["ana@lab.example", "ben@else.example", "cleo"] };
  expect(explain(quotingEntries(refusal("shared_with.1", "shared_with.2"), sent)).detail).toBe(
    "“ben@else.example” must end in @lab.example, or everyone. “cleo” must end in @lab.example, or everyone.",
  );
  const others = [refusal("name"), refusal("shared_with.9"), refusal(), new TypeError("Failed to fetch")];
  expect(others.map((error) => quotingEntries(error, sent))).toEqual(others);
});
