import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { NotificationInfo } from "../../../generated/api.ts";
import { api, fresh, unwrap } from "../../api/client.ts";
import { headline, outcome } from "./events.ts";
import { sayError } from "../../stores/toasts.ts";
import { usePolled } from "../../ui/polled.ts";
import { Ago } from "../../ui/time.tsx";

const EVERY_MS = 5_000;
const SHOWN = 10;

/** A button that tries all targets, and what became of the newest notifications. */
export function Deliveries(): JSX.Element {
  const [tests, setTests] = useState(0);
  const sent = usePolled<readonly NotificationInfo[]>({ thing: "notifications", view: String(tests) }, load, EVERY_MS);
  const found = sent.value.value ?? [];
  const test = (): void => {
    void unwrap(api.POST("/api/users/me/notifications/test")).then(() => setTests(tests + 1), sayError);
  };
  return (
    <>
      <p>
        <button type="button" class="button" onClick={test}>
          Send a test
        </button>
      </p>
      {found.length > 0 && (
        <ul class="deliveries" aria-label="Newest notifications">
          {found.slice(0, SHOWN).map((each) => (
            <li key={`${each.id} ${each.target}`}>
              {each.run_id ? <a href={`/runs/${each.run_id}`}>{headline(each)}</a> : headline(each)}
              : {outcome(each)}{" "}
              <span class="quiet small">
                <Ago at={each.at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

async function load(): Promise<{ value: readonly NotificationInfo[]; etag: string | null } | "unchanged"> {
  const found = await fresh(api.GET("/api/users/me/notifications"));
  return found === "unchanged" ? found : { ...found, value: found.value.notifications };
}
