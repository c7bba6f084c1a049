/** Whether the log moves with its end, and up to which entry it has been seen. */
export interface Follow {
  readonly isFollowing: boolean;
  readonly seen: number;
}

/** Scrolling up stops following; being at the end starts it again. `last`: the number of the last entry there is. */
export function afterScroll(follow: Follow, isAtEnd: boolean, last: number): Follow {
  if (isAtEnd) return { isFollowing: true, seen: last };
  return follow.isFollowing ? { isFollowing: false, seen: last } : follow;
}

/** How many entries have come since somebody stopped following. */
export function newEntries(follow: Follow, last: number): number {
  return follow.isFollowing ? 0 : Math.max(0, last - follow.seen);
}
