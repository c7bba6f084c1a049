export type Zone = "local" | "utc";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, in words; a date when it is more than a week. A moment in the future, by clocks that differ, is now. */
export function ago(at: string, now: number, zone: Zone): string {
  const age = now - Date.parse(at);
  if (age < 45_000) return "just now";
  if (age < HOUR) return `${Math.max(1, Math.round(age / MINUTE))} min ago`;
  if (age < DAY) return `${Math.round(age / HOUR)} h ago`;
  if (age < 7 * DAY) return `${Math.round(age / DAY)} d ago`;
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", ...zoneOption(zone) }).format(Date.parse(at));
}

/** A moment in full, with the name of its zone: 1 Dec 2026, 04:16:21 UTC. */
export function moment(at: string, zone: Zone): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
    ...zoneOption(zone),
  });
  return format.format(Date.parse(at));
}

/** The time of day to the millisecond: 04:16:21.113. */
export function clockTime(at: string, zone: Zone): string {
  return clockFormats[zone].format(Date.parse(at));
}

const clockFormats: Readonly<Record<Zone, Intl.DateTimeFormat>> = {
  local: clockFormat({}),
  utc: clockFormat({ timeZone: "UTC" }),
};

function clockFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 } as const;
  return new Intl.DateTimeFormat("en-GB", { ...parts, hour12: false, ...options });
}

/** The length of what goes on: at least a second, because milliseconds would be old when they are read. */
export function atLeastASecond(ms: number): number {
  return Math.max(1_000, ms);
}

/** A length of time in at most two units: 2 d 4 h, 1 h 12 min, 3 min 20 s; below 10 s with tenths, 0.7 s. */
export function duration(ms: number): string {
  if (ms <= 0) return "0 s";
  if (ms < 100) return "< 0.1 s";
  if (ms < 10_000) return `${Math.floor(ms / 100) / 10} s`;
  const parts: [number, string][] = [
    [Math.floor(ms / DAY), "d"],
    [Math.floor(ms / HOUR) % 24, "h"],
    [Math.floor(ms / MINUTE) % 60, "min"],
    [Math.floor(ms / 1_000) % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  const shown = parts.slice(first, first + 2).filter(([count], index) => index === 0 || count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(" ");
}

function zoneOption(zone: Zone): { timeZone?: string } {
  return zone === "utc" ? { timeZone: "UTC" } : {};
}
