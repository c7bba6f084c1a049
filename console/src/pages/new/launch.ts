import { type ReadonlySignal, batch, computed, signal } from "@preact/signals";
import type { PipelineSchema } from "../../../generated/api.ts";
import type { Draft } from "../../rules/launch/draft.ts";
import type { Values } from "../../rules/launch/params.ts";
import { type Inputs, type Missing, missingIn } from "../../rules/launch/request.ts";
import { isBlank } from "../../rules/sheet/sheet.ts";
import { SheetEditor } from "./grid/editor.ts";

/** Everything that is entered for a new run. */
export class Launch {
  readonly schema = signal<PipelineSchema | null>(null);
  readonly values = signal<Values>({});
  readonly editor = new SheetEditor();
  readonly config = signal("");
  readonly ngsRuns = signal<readonly string[]>([]);
  readonly project = signal("");
  readonly name = signal("");

  readonly inputs: ReadonlySignal<Inputs> = computed(() => ({
    values: this.values.value,
    sheet: this.editor.sheet.value,
    config: this.config.value,
    ngsRuns: this.ngsRuns.value,
    project: this.project.value,
    name: this.name.value,
  }));
  readonly missing: ReadonlySignal<readonly Missing[]> = computed(() => {
    const schema = this.schema.value;
    return schema ? missingIn(schema, this.inputs.value) : [];
  });

  /** Ask for what a release needs; what was entered before stays as far as the release knows it. */
  use(schema: PipelineSchema): void {
    batch(() => {
      this.schema.value = schema;
      const needed = schema.columns.filter((column) => column.required);
      const names = (needed.length > 0 ? needed : schema.columns).map((column) => column.name);
      this.editor.knowColumns(schema.columns.map((column) => column.name), names);
    });
  }

  set(name: string, value: string | boolean): void {
    this.values.value = { ...this.values.peek(), [name]: value };
  }

  open(inputs: Partial<Inputs>): void {
    batch(() => {
      if (inputs.values) this.values.value = inputs.values;
      if (inputs.sheet) this.editor.open(inputs.sheet);
      this.config.value = inputs.config ?? "";
      this.ngsRuns.value = inputs.ngsRuns ?? [];
      this.project.value = inputs.project ?? "";
      this.name.value = inputs.name ?? "";
    });
  }

  /** The form without anything entered. */
  clear(): void {
    const columns = this.schema.peek()?.columns.filter((column) => column.required) ?? [];
    this.open({ values: {}, sheet: { columns: columns.map((column) => column.name), rows: [] } });
  }

  isUntouched(): boolean {
    const { values, sheet, config, ngsRuns, project, name } = this.inputs.peek();
    const isPlain = Object.values(values).every((value) => value === "") && [config, project, name].every((text) => text === "");
    return isPlain && ngsRuns.length === 0 && isBlank(sheet);
  }

  draft(savedAt: string, origin: string): Omit<Draft, "lacksSheet"> | null {
    const schema = this.schema.peek();
    if (!schema || this.isUntouched()) return null;
    return { savedAt, pipeline: schema.pipeline, release: schema.version, origin, inputs: this.inputs.peek() };
  }
}
