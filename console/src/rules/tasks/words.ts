import type { TaskInfo, TaskStats } from "../../../generated/api.ts";
import { size } from "../sizes.ts";

/* What a task asked for and used, in words; empty for what is not known. */

export function cpuWords({ cpus, cpu_percent }: TaskInfo): string {
  const asked = cpus === null ? "" : `${cpus} asked for`;
  const used = cpu_percent === null ? "" : `${(cpu_percent / 100).toFixed(1)} used on average`;
  return [asked, used].filter(Boolean).join(", ");
}

export function memoryWords({ memory, memory_peak }: TaskInfo): string {
  const asked = memory === null ? "" : `${size(memory)} asked for`;
  const used = memory_peak === null ? "" : `${size(memory_peak)} used at most`;
  return [asked, used].filter(Boolean).join(", ");
}

export function diskWords({ disk, read_bytes, write_bytes }: TaskInfo): string {
  const asked = disk === null ? "" : `${size(disk)} asked for`;
  const read = read_bytes === null ? "" : `${size(read_bytes)} read`;
  const written = write_bytes === null ? "" : `${size(write_bytes)} written`;
  return [asked, read, written].filter(Boolean).join(", ");
}

/** "7 of 12", or "12" once all have ended. */
export function finishedWords({ count, finished }: Pick<TaskStats, "count" | "finished">): string {
  const all = count.toLocaleString("en");
  return finished === count ? all : `${finished.toLocaleString("en")} of ${all}`;
}

export function machineWords({ machine_type, zone, spot }: TaskInfo): string {
  return [machine_type, zone, spot === null ? "" : spot ? "Spot" : "standard"].filter(Boolean).join(", ");
}
