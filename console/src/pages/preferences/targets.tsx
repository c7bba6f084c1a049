import type { JSX, TargetedSubmitEvent } from "preact";
import type { UserPreferences, UserUpdateRequest } from "../../../generated/api.ts";
import { changeMe } from "../../stores/me.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { Moment } from "../../ui/time.tsx";

const HIDDEN = "•••";

type DisabledTarget = NonNullable<UserPreferences["notify_mail_disabled"]>;
type Changes = NonNullable<UserUpdateRequest["preferences"]>;
type AddressName = "notify_slack_url" | "notify_webhook_url";

interface TargetsProps {
  readonly preferences: UserPreferences;
  readonly mailAvailable: boolean;
}

/** Where notifications go: to one's own mail address, to Slack, to a program. */
export function Targets({ preferences, mailAvailable }: TargetsProps): JSX.Element {
  const secret = preferences.notify_webhook_secret;
  const byMail = preferences.notify_mail ?? true;
  return (
    <>
      <h3>Where</h3>
      <label class="check">
        <input type="checkbox" checked={byMail} onChange={() => change({ notify_mail: !byMail })} />
        Mail to my own address
      </label>
      {byMail && !mailAvailable && (
        <p class="notice">
          No mail is sent: this Sluice has no mail server. Use Slack or a webhook, or ask the person who runs Sluice to set one up.
        </p>
      )}
      <Disabled of={preferences.notify_mail_disabled} again={() => change({ notify_mail: true })} />
      <Address name="notify_slack_url" label="Slack: address of an incoming webhook" current={preferences.notify_slack_url}
        example="https://hooks.slack.com/services/…" disabled={preferences.notify_slack_disabled} />
      <Address name="notify_webhook_url" label="Webhook: address of a program of yours" current={preferences.notify_webhook_url}
        example="https://example.org/hook" disabled={preferences.notify_webhook_disabled} />
      {secret && secret !== HIDDEN && <Secret secret={secret} />}
    </>
  );
}

function change(preferences: Changes): void {
  void changeMe({ preferences });
}

interface AddressProps {
  readonly name: AddressName;
  readonly label: string;
  readonly current: string | null | undefined;
  readonly example: string;
  readonly disabled: DisabledTarget | null | undefined;
}

function Address({ name, label, current, example, disabled }: AddressProps): JSX.Element {
  const save = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get(name) ?? "").trim();
    if (typed && (typed !== current || disabled)) change({ [name]: typed }); // saved again, it is no longer disabled
  };
  return (
    <>
      <form class="name-form" onSubmit={save}>
        <label class="field">
          {label}
          <input key={current} type="text" inputMode="url" name={name} autocomplete="off" spellcheck={false} maxLength={500}
            placeholder={example} defaultValue={current ?? ""} />
        </label>
        <span class="inline-field">
          <button type="submit" class="button">
            Save
          </button>
          {current && (
            <button type="button" class="button" onClick={() => change({ [name]: null })}>
              Remove
            </button>
          )}
        </span>
      </form>
      <Disabled of={disabled} />
    </>
  );
}

function Disabled({ of, again }: { readonly of: DisabledTarget | null | undefined; readonly again?: () => void }): JSX.Element | null {
  if (!of) return null;
  return (
    <div class="notice notice-bad" role="status">
      <p>
        Nothing is sent there since <Moment at={of.since} />: {of.reason}
      </p>
      {again ? (
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      ) : (
        <p>Save an address to begin again.</p>
      )}
    </div>
  );
}

function Secret({ secret }: { readonly secret: string }): JSX.Element {
  return (
    <div class="notice" role="status">
      <p>
        The secret that your program verifies our signatures with. Copy it now: it is shown only this once, and each new
        address gets a new one.
      </p>
      <p>
        <code>{secret}</code> <CopyButton text={secret} what="the secret" />
      </p>
    </div>
  );
}
