import type { JSX } from "preact";
import type { UserPreferences, UserResponse } from "../../../generated/api.ts";
import { EVENTS, chosenEvents, withEvent } from "./events.ts";
import { changeMe } from "../../stores/me.ts";
import { Deliveries } from "./deliveries.tsx";
import { Targets } from "./targets.tsx";

interface Chosen {
  readonly preferences: UserPreferences;
}

/** Which events of one's runs are told, and where. */
export function Notifications({ user }: { readonly user: UserResponse }): JSX.Element {
  const { preferences } = user;
  const isOn = preferences.notifications_enabled ?? false;
  return (
    <section class="panel stack-tight notifications" aria-labelledby="notifications">
      <h2 id="notifications">Notifications</h2>
      <label class="check">
        <input type="checkbox" checked={isOn}
          onChange={() => void changeMe({ preferences: { notifications_enabled: !isOn } })} />
        Tell me about my runs
      </label>
      {isOn ? (
        <>
          <Events preferences={preferences} />
          <Targets preferences={preferences} mailAvailable={user.mail_available} />
          <Deliveries />
        </>
      ) : (
        <p class="quiet small">By mail, in Slack or to a program of yours, when a run ends or needs you.</p>
      )}
    </section>
  );
}

function Events({ preferences }: Chosen): JSX.Element {
  const chosen = chosenEvents(preferences);
  return (
    <fieldset class="stack-tight">
      <legend>Tell me of a run when …</legend>
      {EVENTS.map(([event, words]) => (
        <label class="check" key={event}>
          <input type="checkbox" checked={chosen.includes(event)}
            onChange={(change) =>
              void changeMe({ preferences: { notify_events: withEvent(chosen, event, change.currentTarget.checked) } })
            } />
          {words}
        </label>
      ))}
      <CostLimit limit={preferences.notify_cost_limit_usd ?? null} />
    </fieldset>
  );
}

function CostLimit({ limit }: { readonly limit: number | null }): JSX.Element {
  const save = (typed: string): void => {
    const wanted = typed.trim() === "" ? null : Number(typed);
    if (wanted !== limit) void changeMe({ preferences: { notify_cost_limit_usd: wanted } });
  };
  return (
    <label class="inline-field">
      Limit of the cost of a run, in $
      <input key={limit} type="number" min="0.01" max="1000000" step="0.01" defaultValue={limit ?? ""}
        placeholder="none" onChange={(change) => change.currentTarget.reportValidity() && save(change.currentTarget.value)} />
    </label>
  );
}
