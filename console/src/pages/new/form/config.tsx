import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { CONFIG_ID, MOST_CONFIG_BYTES, bytesOf } from "../../../rules/launch/request.ts";
import { counted } from "../../../rules/launch/summary.ts";
import { GlyphIcon } from "../../../ui/icons.tsx";
import type { Check } from "../check.ts";
import type { Launch } from "../launch.ts";

interface Props {
  readonly launch: Launch;
  readonly check: Check;
}

const LINE_HEIGHT = 20;
const EXAMPLE = "process {\n  withName: 'STAR_ALIGN' { memory = { 64.GB * task.attempt } }\n}";

/** Text in the language of nextflow.config, for those who want other machines than the pipeline asks for. */
export function ConfigEditor({ launch, check }: Props): JSX.Element {
  const text = launch.config.value;
  const faults = check.faults.value.filter(({ field }) => field === "config_content");
  const warnings = check.warnings.value.filter(({ field }) => field === "config_content");
  const bad = new Set(faults.map(({ row }) => row));
  const lines = text.split("\n").length;
  const bytes = bytesOf(text);
  return (
    <div class="config">
      <p class="quiet" id="config-help">
        Optional. Settings of Nextflow for this run, such as the memory of a process. Where and how tasks run is set by Sluice.
      </p>
      <CodeField launch={launch} lines={lines} bad={bad} />
      <p class={bytes > MOST_CONFIG_BYTES ? "tone-bad" : "quiet"} aria-live="polite">
        {bytes === 0 ? "Empty" : `${counted(lines, "line")}, ${(bytes / 1024).toFixed(1)} of at most 100 KB`}
      </p>
      {[...faults, ...warnings].map(({ row, message }, index) => (
        <p class={index < faults.length ? "tone-bad" : "tone-warn"} key={`${row} ${message}`}>
          <GlyphIcon glyph="warning" /> {row ? `Line ${row}: ` : ""}
          {message}
        </p>
      ))}
    </div>
  );
}

interface CodeProps extends Pick<Props, "launch"> {
  readonly lines: number;
  readonly bad: ReadonlySet<number | null | undefined>;
}

function CodeField({ launch, lines, bad }: CodeProps): JSX.Element {
  const gutter = useRef<HTMLPreElement>(null);
  const shown = Math.min(lines, 5_000);
  return (
    <div class="code">
      <pre class="code-lines" ref={gutter} aria-hidden="true">
        {Array.from({ length: shown }, (_, index) => (bad.has(index + 1) ? `! ${index + 1}` : String(index + 1))).join("\n")}
      </pre>
      <textarea id={CONFIG_ID} class="code-text" aria-label="Nextflow config" aria-describedby="config-help"
        spellcheck={false} autocomplete="off" wrap="off" placeholder={EXAMPLE} value={launch.config.value}
        style={{ height: `${Math.min(24, Math.max(6, lines + 1)) * LINE_HEIGHT}px` }}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
        onInput={(event) => (launch.config.value = event.currentTarget.value)} />
    </div>
  );
}
