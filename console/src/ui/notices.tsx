import type { ComponentChildren, JSX } from "preact";
import { explain } from "../api/errors.ts";
import { session, signInAgain } from "../api/client.ts";
import { closeHealth, health } from "../stores/health.ts";
import { dismiss, toasts } from "../stores/toasts.ts";
import { GlyphIcon } from "./icons.tsx";
import { Moment } from "./time.tsx";

/** The one banner about the session; while it shows, nothing is asked of the service. */
export function SessionBanner(): JSX.Element | null {
  const state = session.state.value;
  if (state === "active") return null;
  const isWrong = state === "wrong_account";
  return (
    <div class="banner" role="alert">
      <GlyphIcon glyph="warning" />
      <p>
        <strong>{isWrong ? "This account may not use Sluice." : "You are signed out."}</strong>{" "}
        {session.isBlocked.value && "Your browser kept the window from opening: allow pop-ups for this page. "}
        {isWrong
          ? "Choose your lab's account in the window that opened, or ask an administrator for access."
          : "Your runs go on. Sign in again and this page goes on where it was; nothing you entered is lost."}
      </p>
      <button type="button" class="button" onClick={signInAgain}>
        {session.isRenewing.value ? "Open the window again" : "Sign in again"}
      </button>
    </div>
  );
}

/** How Sluice is, while something is wrong with it. It covers a corner of the page, so that nothing moves. */
export function HealthBanner(): JSX.Element | null {
  const notice = health.value;
  if (!notice || session.state.value !== "active") return null;
  return (
    <section class="toast health" aria-label="State of the service">
      <div role="status">
        <strong>{notice.title}</strong>
        {notice.facts.map(({ meaning, since }) => (
          <p key={meaning}>
            {meaning} {since && <span class="quiet">Since <Moment at={since} />.</span>}
          </p>
        ))}
      </div>
      <button type="button" class="icon-button" aria-label="Close the message" onClick={() => closeHealth(notice)}>
        <GlyphIcon glyph="close" />
      </button>
    </section>
  );
}

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" aria-live="polite">
      {toasts.value.map(({ id, tone, title, text }) => (
        <div class={`toast toast-${tone}`} key={id}>
          <div>
            <strong>{title}</strong>
            {text && <p>{text}</p>}
          </div>
          <button type="button" class="icon-button" aria-label="Close the message" onClick={() => dismiss(id)}>
            <GlyphIcon glyph="close" />
          </button>
        </div>
      ))}
    </div>
  );
}

interface ErrorNoticeProps {
  readonly error: unknown;
  onRetry?(): void;
}

/** What went wrong in a part of the page, and what to do. */
export function ErrorNotice({ error, onRetry }: ErrorNoticeProps): JSX.Element {
  const { title, detail, advice, requestId, canRetry } = explain(error);
  return (
    <div class="notice notice-bad" role="alert">
      <h2>{title}</h2>
      {detail && <p>{detail}</p>}
      <p>{advice}</p>
      <div class="notice-foot">
        {onRetry && canRetry && (
          <button type="button" class="button" onClick={onRetry}>
            Try again
          </button>
        )}
        {requestId && (
          <span class="quiet small">
            Request <code>{requestId}</code>
          </span>
        )}
      </div>
    </div>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** Nothing to show, why, and what to do next. */
export function Empty({ title, children }: EmptyProps): JSX.Element {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Shown once what is on the page could not be brought up to date. */
export function StaleNotice({ error }: { readonly error: unknown }): JSX.Element | null {
  if (!error) return null;
  const { title, advice } = explain(error);
  return (
    <p class="stale" role="status">
      <GlyphIcon glyph="warning" /> <strong>{title}.</strong> {advice}
    </p>
  );
}
