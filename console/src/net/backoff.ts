/** How long to wait before try number `attempt` (0: the first again): 1 s, doubled up to 30 s, half of it by chance. */
export function delayMs(attempt: number, random: number): number {
  const whole = Math.min(30_000, 1_000 * 2 ** Math.min(attempt, 10));
  return whole / 2 + (whole / 2) * random;
}
