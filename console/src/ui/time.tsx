import type { JSX } from "preact";
import { ago, moment } from "../rules/times.ts";
import { now } from "../stores/clock.ts";
import { zone } from "../stores/settings.ts";

/** A moment as "3 min ago"; the full time is its tooltip. */
export function Ago({ at }: { readonly at: string }): JSX.Element {
  return (
    <time dateTime={at} title={moment(at, zone.value)}>
      {ago(at, now.value, zone.value)}
    </time>
  );
}

/** A moment in full. */
export function Moment({ at }: { readonly at: string }): JSX.Element {
  return <time dateTime={at}>{moment(at, zone.value)}</time>;
}
