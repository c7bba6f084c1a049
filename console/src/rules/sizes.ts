const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;
const STEP = 1_024; // as Nextflow counts, so that a task that asked for 36 GB shows 36 GB

/** A number of bytes in words: 512 B, 1.2 MB, 36 GB. */
export function size(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= STEP - 0.5 && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  const digits = unit === 0 || value >= 10 ? 0 : 1;
  return `${value.toLocaleString("en", { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}
