import { expect, test } from "vitest";
import { Optimistic } from "../../src/net/optimistic.ts";

interface Profile {
  readonly name: string;
  readonly mail: boolean;
}

/** A profile, what has been shown of it, and the requests that wait for an answer. */
function profile() {
  const shown: Profile[] = [];
  const asked: { change: Partial<Profile>; answer(value: Profile): void; refuse(): void }[] = [];
  const merged = (value: Profile, change: Partial<Profile>): Profile => ({ ...value, ...change });
  const value = new Optimistic<Profile, Partial<Profile>>({ name: "ana", mail: false }, merged, (one) => shown.push(one));
  const send = (change: Partial<Profile>): Promise<Profile> =>
    new Promise((answer, reject) => asked.push({ change, answer, refuse: () => reject(new Error("no")) }));
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  return { value, shown, asked, turn, change: (change: Partial<Profile>) => value.change(change, send) };
}

test("a change is shown at once, and then what the service made of it", async () => {
  const { asked, shown, turn, change } = profile();
  const done = change({ name: " Ana " });
  expect(shown.at(-1)).toEqual({ name: " Ana ", mail: false });
  await turn();
  asked[0]?.answer({ name: "Ana", mail: false });
  await done;
  expect(shown.at(-1)).toEqual({ name: "Ana", mail: false });
});

test("a refused change is taken back, and a later one stays", async () => {
  const { asked, shown, turn, change } = profile();
  const refused = change({ name: "x" });
  const kept = change({ mail: true });
  await turn();
  expect(asked).toHaveLength(1); // the second waits for the answer to the first
  asked[0]?.refuse();
  await expect(refused).rejects.toThrow("no");
  expect(shown.at(-1)).toEqual({ name: "ana", mail: true });
  await turn();
  asked[1]?.answer({ name: "ana", mail: true });
  await kept;
  expect(shown.at(-1)).toEqual({ name: "ana", mail: true });
});

test("news from the service do not undo a change that is on its way", async () => {
  const { value, shown, change } = profile();
  void change({ mail: true });
  value.confirm({ name: "Ana", mail: false });
  expect(shown.at(-1)).toEqual({ name: "Ana", mail: true });
});
