import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { UserResponse } from "../../../generated/api.ts";
import { LETTER_KEYS } from "../../rules/letter_keys.ts";
import { loadMe, me } from "../../stores/me.ts";
import { sayError } from "../../stores/toasts.ts";
import { LetterKeysChoice, ThemeChoice, ZoneChoice } from "../../ui/choice.tsx";
import { Moment } from "../../ui/time.tsx";
import { useTitle } from "../../ui/title.ts";
import { NameForm } from "./name.tsx";
import { Notifications } from "./notifications.tsx";

/** What the service keeps of somebody, and what this browser does. */
export function PreferencesPage(): JSX.Element {
  useTitle("Preferences");
  useEffect(() => void loadMe().catch(sayError), []); // the counts of runs may have grown
  const user = me.value;
  return (
    <>
      <header class="page-head">
        <h1 tabIndex={-1}>Preferences</h1>
      </header>
      <div class="preferences">
        {user ? <You user={user} /> : <p role="status">Loading …</p>}
        <ThisBrowser />
        {user && <Notifications user={user} />}
      </div>
    </>
  );
}

function You({ user }: { readonly user: UserResponse }): JSX.Element {
  return (
    <section class="panel stack-tight" aria-labelledby="you">
      <h2 id="you">You</h2>
      <NameForm name={user.display_name} />
      <Stats stats={user.stats} />
      <p class="quiet small">
        You are signed in as {user.email}
        {user.is_admin && ", an administrator: you see and change the runs of all users"}. Here since <Moment at={user.created_at} />.
      </p>
    </section>
  );
}

function ThisBrowser(): JSX.Element {
  return (
    <section class="panel stack-tight" aria-labelledby="browser">
      <h2 id="browser">This browser</h2>
      <ThemeChoice />
      <ZoneChoice />
      <LetterKeysChoice />
      <dl class="pairs">
        {Object.entries(LETTER_KEYS).map(([key, words]) => (
          <>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </>
        ))}
      </dl>
      <p class="quiet small">Switch letter keys off if you speak to your computer, or press keys by accident.</p>
    </section>
  );
}

/** How much somebody has run so far. */
function Stats({ stats }: { readonly stats: UserResponse["stats"] }): JSX.Element {
  const lines: readonly (readonly [string, number])[] = [
    ["Runs", stats.total_runs],
    ["Completed", stats.successful_runs],
    ["Samples in completed runs", stats.total_samples_processed],
  ];
  return (
    <dl class="facts">
      {lines.map(([name, count]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{count.toLocaleString("en")}</dd>
        </div>
      ))}
    </dl>
  );
}
