import type { ComponentChildren, JSX, TargetedEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { navigate } from "../../router/navigation.ts";
import { stateOf } from "../../rules/run_state.ts";
import { me } from "../../stores/me.ts";
import { GlyphIcon, StateIcon } from "../../ui/icons.tsx";
import { STATUSES, type Selection, type Whose, addressOf, changed } from "./selection.ts";

const SETTLED_AFTER_MS = 250;

interface Props {
  readonly selection: Selection;
}

/** Everything that narrows the list; each is a link, so it can be opened in a new tab, sent and gone back from. */
export function Filters({ selection }: Props): JSX.Element {
  return (
    <div class="filters" role="search" aria-label="Filter the runs">
      <div class="filters-row">
        <Search selection={selection} />
        <Owners selection={selection} />
      </div>
      <div class="filters-row">
        <nav class="chips" aria-label="Status">
          <Chip to={changed(selection, { status: null })} isOn={selection.status === null}>
            All
          </Chip>
          {STATUSES.map((status) => (
            <StatusChip key={status} status={status} selection={selection} />
          ))}
        </nav>
        <span class="chips">
          <Chip to={changed(selection, { starred: !selection.starred })} isOn={selection.starred}>
            <GlyphIcon glyph="star" filled={selection.starred} /> Starred
          </Chip>
          <Removable name="Label" value={selection.label} to={changed(selection, { label: "" })} />
          <Removable name="NGS run" value={selection.ngsRun} to={changed(selection, { ngsRun: "" })} />
        </span>
      </div>
    </div>
  );
}

function StatusChip({ status, selection }: Props & { readonly status: (typeof STATUSES)[number] }): JSX.Element {
  const { word, shape, tone } = stateOf({ status, failing: false, cancel_requested_at: null });
  return (
    <Chip to={changed(selection, { status })} isOn={selection.status === status}>
      <span class={`tone-${tone}`}>
        <StateIcon shape={shape === "running" ? "queued" : shape} />
      </span>
      {word}
    </Chip>
  );
}

interface ChipProps {
  readonly to: Selection;
  readonly isOn: boolean;
  readonly children: ComponentChildren;
}

function Chip({ to, isOn, children }: ChipProps): JSX.Element {
  return (
    <a class="chip" href={addressOf(to)} aria-current={isOn ? "true" : undefined}>
      {children}
    </a>
  );
}

function Removable({ name, value, to }: { readonly name: string; readonly value: string; readonly to: Selection }): JSX.Element | null {
  if (!value) return null;
  return (
    <a class="chip" aria-current="true" href={addressOf(to)} aria-label={`${name} ${value}: remove this filter`}>
      {name}: {value} <GlyphIcon glyph="close" />
    </a>
  );
}

/** Free text; the address follows a moment after the last key, as one step of the history. */
function Search({ selection }: Props): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef(0);
  useEffect(() => {
    const shown = field.current;
    if (shown && document.activeElement !== shown) shown.value = selection.search;
  }, [selection.search]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const apply = (): void => {
    clearTimeout(timer.current);
    const search = field.current?.value.trim() ?? "";
    if (search !== selection.search) navigate(addressOf(changed(selection, { search })), { replace: true });
  };
  const applySoon = (): void => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(apply, SETTLED_AFTER_MS);
  };
  return (
    <label class="search">
      <GlyphIcon glyph="search" />
      <span class="visually-hidden">Search runs</span>
      <input
        ref={field}
        type="search"
        placeholder="Name, id, sample, label, project"
        maxLength={200}
        defaultValue={selection.search}
        onInput={applySoon}
        onChange={apply}
      />
    </label>
  );
}

function Owners({ selection }: Props): JSX.Element {
  const chosen = typeof selection.whose === "string" ? selection.whose : "person";
  const isAdmin = me.value?.is_admin ?? false;
  const choose = (event: TargetedEvent<HTMLSelectElement>): void => {
    const value = event.currentTarget.value;
    const whose: Whose = value === "person" ? { email: me.value?.email ?? "" } : (value as "mine" | "shared" | "all");
    navigate(addressOf(changed(selection, { whose })));
  };
  return (
    <span class="owners">
      <label class="visually-hidden" for="whose">
        Whose runs
      </label>
      <select id="whose" value={chosen} onChange={choose}>
        <option value="mine">My runs</option>
        <option value="shared">Shared with me</option>
        {(isAdmin || chosen === "all") && <option value="all">Everybody's runs</option>}
        {(isAdmin || chosen === "person") && <option value="person">One person's runs</option>}
      </select>
      {typeof selection.whose === "object" && <Person selection={selection} email={selection.whose.email} />}
    </span>
  );
}

function Person({ selection, email }: Props & { readonly email: string }): JSX.Element {
  const choose = (event: TargetedEvent<HTMLInputElement>): void => {
    const typed = event.currentTarget.value.trim();
    if (typed.includes("@")) navigate(addressOf(changed(selection, { whose: { email: typed } })));
  };
  return (
    <label>
      <span class="visually-hidden">Address of the person</span>
      <input type="email" defaultValue={email} key={email} placeholder="name@lab.example" onChange={choose} />
    </label>
  );
}
