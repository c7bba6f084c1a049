import type { JSX } from "preact";
import { changeQuery } from "../../../router/navigation.ts";
import { chooseZone, zone } from "../../../stores/settings.ts";
import { SearchField } from "../../../ui/search_field.tsx";
import { WrapSwitch } from "../../../ui/text/wrapping.tsx";

interface Props {
  readonly runId: string;
  readonly levels: readonly string[];
  readonly level: string;
  readonly search: string;
  readonly words: string;
}

export function LogTools({ runId, levels, level, search, words }: Props): JSX.Element {
  return (
    <div class="filters-row" role="search" aria-label="Search the log">
      <SearchField words="Search the log" value={search} onSearch={(text) => changeQuery({ search: text }, { replace: true })} />
      <label class="inline-field">
        Level
        <select value={level} onChange={(event) => changeQuery({ level: event.currentTarget.value })}>
          <option value="">all</option>
          {levels.slice(1).map((one) => (
            <option key={one} value={one}>
              {one.toLowerCase()}{one === "ERROR" ? "" : " and above"}
            </option>
          ))}
        </select>
      </label>
      <label class="inline-field">
        Times
        <select value={zone.value} onChange={(event) => chooseZone(event.currentTarget.value === "utc" ? "utc" : "local")}>
          <option value="local">local</option>
          <option value="utc">UTC</option>
        </select>
      </label>
      <WrapSwitch />
      <a class="button" href={`/api/runs/${runId}/logs/download?wait=10`} download>
        Download
      </a>
      <span class="quiet small" role="status">
        {words}
      </span>
    </div>
  );
}
