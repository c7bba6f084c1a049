import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { place } from "../router/navigation.ts";
import { actAs, me, otherUsers } from "../stores/me.ts";
import { ThemeChoice, ZoneChoice } from "./choice.tsx";
import { GlyphIcon, Mark } from "./icons.tsx";

export function TopBar(): JSX.Element {
  const isRuns = place.value.path === "/" || place.value.path.startsWith("/runs");
  return (
    <header class="top">
      <a class="brand" href="/runs" aria-label="Sluice: all runs">
        <Mark />
        <span>Sluice</span>
      </a>
      <nav class="top-nav" aria-label="Main">
        <a href="/runs" aria-current={isRuns ? "page" : undefined}>
          Runs
        </a>
        <a href="/search" aria-current={place.value.path === "/search" ? "page" : undefined}>
          Search
        </a>
        <a href="/failures" class="top-wide" aria-current={place.value.path === "/failures" ? "page" : undefined}>
          Failures
        </a>
        <a href="/docs" class="top-wide">
          API
        </a>
      </nav>
      <Menu />
    </header>
  );
}

/** Who is signed in, and what this browser remembers. */
function Menu(): JSX.Element {
  const element = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event): void => {
      const menu = element.current;
      const isOutside = event.target instanceof Node && !menu?.contains(event.target);
      const isEscape = event instanceof KeyboardEvent && event.key === "Escape";
      if (!menu?.open || !(event instanceof KeyboardEvent ? isEscape : isOutside)) return;
      menu.open = false;
      if (isEscape) menu.querySelector("summary")?.focus();
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("keydown", close);
    };
  }, []);
  const close = (): void => {
    if (element.current) element.current.open = false;
  };
  const name = me.value?.display_name ?? "…";
  return (
    <details class="menu" ref={element}>
      <summary>
        <span class="avatar" aria-hidden="true">
          {name.slice(0, 1).toUpperCase()}
        </span>
        <span class="menu-name">{name}</span>
        <GlyphIcon glyph="down" />
      </summary>
      <div class="menu-panel">
        <p class="menu-who">
          <strong>{name}</strong>
          <span class="quiet">{me.value?.email}</span>
        </p>
        {otherUsers.value.length > 0 && <OtherUsers />}
        <ThemeChoice />
        <ZoneChoice />
        <a class="button top-narrow" href="/failures" onClick={close}>
          Failures
        </a>
        <a class="button" href="/preferences" onClick={close}>
          Preferences
        </a>
      </div>
    </details>
  );
}

/** Only on a developer's machine: see `otherUsers`. */
function OtherUsers(): JSX.Element {
  const email = me.value?.email ?? "";
  return (
    <label class="menu-field">
      You are
      <select value={email} onChange={(event) => actAs(event.currentTarget.value)}>
        {[...new Set([email, ...otherUsers.value])].map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}
