import { signal } from "@preact/signals";
import type { UserResponse } from "../../generated/api.ts";
import { api, unwrap } from "../api/client.ts";

export const me = signal<UserResponse | null>(null);
/** Users that one may act as; only the stand-in for the sign-in page, on a developer's machine, offers any. */
export const otherUsers = signal<readonly string[]>([]);

export async function loadMe(): Promise<void> {
  const asking = api.GET("/api/users/me");
  me.value = await unwrap(asking);
  const offered = (await asking).response.headers.get("x-dev-users") ?? "";
  otherUsers.value = offered.split(",").map((one) => one.trim()).filter(Boolean);
}

/** Act as another user: the stand-in reads this cookie. */
export function actAs(email: string): void {
  document.cookie = `dev_user=${encodeURIComponent(email)}; path=/; samesite=strict`;
  location.reload();
}
