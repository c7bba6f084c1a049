import type { JSX } from "preact";
import type { ProcessUse } from "../../../../generated/api.ts";

const [WIDTH, HEIGHT] = [120, 16];
const MOST = 1.25; // the right edge; 1 is all that was asked for

/** The quartiles of a share; its words stand beside it. */
export function UsePlot({ share }: { readonly share: ProcessUse["cpu"] }): JSX.Element {
  return (
    <svg class="use-plot" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <line class="use-axis" x1={0} x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
      <line class="use-all" x1={placeOf(1)} x2={placeOf(1)} y1={0} y2={HEIGHT} />
      {share && (
        <>
          <rect class="use-range" x={placeOf(share.low)} width={Math.max(2, placeOf(share.high) - placeOf(share.low))} y={4} height={8} rx={2} />
          <rect class="use-middle" x={placeOf(share.middle) - 1} width={3} y={2} height={12} />
        </>
      )}
    </svg>
  );
}

function placeOf(share: number): number {
  return (Math.min(MOST, Math.max(0, share)) / MOST) * (WIDTH - 2);
}
