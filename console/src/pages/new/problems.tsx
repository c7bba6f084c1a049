import type { JSX } from "preact";
import type { PipelineSchema } from "../../../generated/api.ts";
import type { Fault } from "../../api/errors.ts";
import type { Finding } from "../../rules/sheet/findings.ts";
import { rowNumber } from "../../rules/sheet/sheet.ts";
import { counted } from "../../rules/launch/summary.ts";
import { ErrorNotice } from "../../ui/notices.tsx";
import { GlyphIcon } from "../../ui/icons.tsx";
import type { Check } from "./check.ts";
import { goToFault, goToFinding } from "./jump.ts";
import type { Launch } from "./launch.ts";

interface Props {
  readonly launch: Launch;
  readonly check: Check;
  readonly schema: PipelineSchema;
}

interface Problem {
  readonly tone: "fault" | "warning";
  readonly place: string;
  readonly message: string;
  go(): void;
}

const MOST_SHOWN = 200;

/** What the last check found, each leading to its place. */
export function Problems({ launch, check, schema }: Props): JSX.Element | null {
  const state = check.state.value;
  if (state === "never") return null;
  if (state === "failed") return <ErrorNotice error={check.error.value} onRetry={() => void check.run()} />;
  if (check.result.value === null) return <p role="status">Checking the inputs …</p>;
  const problems = problemsIn(launch, check, schema);
  const faults = problems.filter(({ tone }) => tone === "fault");
  const isOld = state !== "fresh";
  const total = problems.length - faults.length;
  const words = faults.length > 0 ? `${counted(faults.length, "fault")} to mend` : isOld ? "No fault is known" : "No fault was found";
  return (
    <section class={isOld ? "problems is-old" : "problems"} aria-busy={state === "checking"} aria-label="Result of the check">
      <h3 class={faults.length > 0 ? "tone-bad" : "tone-good"} id="problems" tabIndex={-1}>
        <GlyphIcon glyph={faults.length > 0 ? "warning" : "check"} /> {words}
        {total > 0 && <span class="quiet">, {counted(total, "warning")}</span>}
      </h3>
      <ul>
        {problems.slice(0, MOST_SHOWN).map(({ tone, place, message, go }, index) => (
          <li key={index}>
            <button type="button" class="problem" onClick={go}>
              <span class={tone === "fault" ? "tone-bad" : "tone-warn"}>
                <GlyphIcon glyph="warning" />
                <span class="visually-hidden">{tone === "fault" ? "Fault" : "Warning"}</span>
              </span>
              <strong>{place}</strong>
              <span>{message}</span>
            </button>
          </li>
        ))}
      </ul>
      {problems.length > MOST_SHOWN && (
        <p class="quiet">{(problems.length - MOST_SHOWN).toLocaleString("en")} more appear as these are mended.</p>
      )}
    </section>
  );
}

function problemsIn(launch: Launch, check: Check, schema: PipelineSchema): Problem[] {
  const { editor } = launch;
  const rows = editor.sheet.value.rows;
  const ofSheet = editor.findings.value.map((finding) => ({
    tone: finding.tone,
    place: placeOf(finding, rows),
    message: finding.message,
    go: () => goToFinding(editor, finding),
  }));
  const of = (faults: readonly Fault[], tone: Problem["tone"]): Problem[] =>
    faults.map((fault) => ({ tone, place: fieldWords(fault, schema), message: fault.message, go: () => goToFault(fault) }));
  const all = [...of(check.faults.value, "fault"), ...ofSheet, ...of(check.warnings.value, "warning")];
  return [...all.filter(({ tone }) => tone === "fault"), ...all.filter(({ tone }) => tone === "warning")];
}

function placeOf({ row, column }: Finding, rows: readonly unknown[]): string {
  if (row === null) return "Samples";
  const where = row === "header" ? "Columns" : `Row ${rowNumber(rows.indexOf(row))}`;
  return column === null ? where : `${where}, ${column}`;
}

function fieldWords({ field, row }: Fault, schema: PipelineSchema): string {
  if (field === "config_content") return row ? `Config, line ${row}` : "Config";
  if (field === "name") return "Name";
  const name = field.replace(/^params\./, "");
  return schema.params.find((param) => param.name === name)?.title ?? field;
}
