import { batch, signal } from "@preact/signals";
import type { ValidationResult } from "../../../generated/api.ts";
import { api, unwrap } from "../../api/client.ts";
import type { Fault } from "../../api/errors.ts";
import { isAbort } from "../../net/waiting.ts";
import { findingsIn } from "../../rules/sheet/findings.ts";
import { requestFor } from "../../rules/launch/request.ts";
import type { Launch } from "./launch.ts";

/** Larger sheets are checked only when asked: a check counts once for each MiB, of 60 a minute. */
const MOST_CELLS_UNASKED = 10_000;
const SETTLED_AFTER_MS = 1_200;

export type CheckState = "never" | "checking" | "fresh" | "outdated" | "failed";

/** Whether the inputs obey the rules of the release, as the service says. */
export class Check {
  readonly state = signal<CheckState>("never");
  readonly result = signal<ValidationResult | null>(null);
  /** Faults of the parameters and the config; those of the sheet are kept by its editor. */
  readonly faults = signal<readonly Fault[]>([]);
  readonly warnings = signal<readonly Fault[]>([]);
  readonly error = signal<unknown>(null);
  private readonly launch: Launch;
  private asked = new AbortController();
  private timer = 0;

  constructor(launch: Launch) {
    this.launch = launch;
  }

  /** Check now. Null when no answer came; `error` has why. */
  async run(): Promise<ValidationResult | null> {
    this.stop();
    const schema = this.launch.schema.peek();
    if (!schema) return null;
    const asked = (this.asked = new AbortController());
    this.state.value = "checking";
    try {
      return await this.ask(schema.pipeline, asked.signal);
    } catch (error) {
      if (isAbort(error)) return null;
      batch(() => {
        this.error.value = error;
        this.state.value = "failed";
      });
      return null;
    }
  }

  /** Something was changed: check again a moment later, if it was checked before and is small. */
  changed(): void {
    if (this.state.peek() === "never") return;
    this.stop();
    this.state.value = "outdated";
    this.timer = window.setTimeout(() => {
      const { rows, columns } = this.launch.editor.sheet.peek();
      if (rows.length * columns.length <= MOST_CELLS_UNASKED) void this.run();
    }, SETTLED_AFTER_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.asked.abort();
  }

  forget(): void {
    this.stop();
    batch(() => {
      this.state.value = "never";
      this.result.value = null;
      this.show([], []);
    });
  }

  /** Faults of any answer of the service: shown where they belong. */
  show(faults: readonly Fault[], warnings: readonly Fault[]): void {
    const { editor } = this.launch;
    const sheet = editor.sheet.peek();
    batch(() => {
      this.error.value = null;
      this.faults.value = faults.filter(({ field }) => field !== "samplesheet_csv");
      this.warnings.value = warnings.filter(({ field }) => field !== "samplesheet_csv");
      editor.findings.value = [...findingsIn(sheet, faults, "fault"), ...findingsIn(sheet, warnings, "warning")];
    });
  }

  private async ask(pipeline: string, asked: AbortSignal): Promise<ValidationResult> {
    const schema = this.launch.schema.peek();
    if (!schema) throw new Error("there is no schema");
    const [owner = "", name = ""] = pipeline.split("/");
    const { pipeline_version, samplesheet_csv, params, config_content } = requestFor(schema, this.launch.inputs.peek());
    const config = config_content ? { config_content } : {};
    const result = await unwrap(
      api.POST("/api/pipelines/{owner}/{name}/validate", {
        params: { path: { owner, name } },
        body: { pipeline_version, samplesheet_csv, params, ...config },
        signal: asked,
      }),
    );
    batch(() => {
      this.show(result.errors, result.warnings);
      this.result.value = result;
      this.state.value = "fresh";
    });
    return result;
  }
}
