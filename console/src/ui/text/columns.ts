import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

const SAMPLE = "0".repeat(100);
const FEWEST = 20;

/** How many characters of its own font fit into a line of an element. */
export function useColumns(probe: RefObject<HTMLElement | null>): number {
  const [columns, setColumns] = useState(120);
  useEffect(() => {
    const element = probe.current;
    if (!element) return;
    const measure = (): void => {
      const sample = document.createElement("span");
      sample.textContent = SAMPLE;
      sample.className = "log-sample";
      element.append(sample);
      const width = sample.getBoundingClientRect().width / SAMPLE.length;
      sample.remove();
      if (width > 0) setColumns(Math.max(FEWEST, Math.floor(element.clientWidth / width) - 1));
    };
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    measure();
    return () => watcher.disconnect();
  }, [probe]);
  return columns;
}
