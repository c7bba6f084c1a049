import { signal } from "@preact/signals";
import type { UserResponse, UserUpdateRequest } from "../../generated/api.ts";
import { api, unwrap } from "../api/client.ts";
import { Optimistic } from "../net/optimistic.ts";
import { sayError } from "./toasts.ts";

export const me = signal<UserResponse | null>(null);
let profile: Optimistic<UserResponse, UserUpdateRequest> | null = null;
/** Users that one may act as; only the stand-in for the sign-in page, on a developer's machine, offers any. */
export const otherUsers = signal<readonly string[]>([]);

export async function loadMe(): Promise<void> {
  const asking = api.GET("/api/users/me");
  const found = await unwrap(asking);
  profile ??= new Optimistic(found, withChanges, (user) => (me.value = user));
  profile.confirm(found);
  const offered = (await asking).response.headers.get("x-dev-users") ?? "";
  otherUsers.value = offered.split(",").map((one) => one.trim()).filter(Boolean);
}

/** Change one's profile: it shows at once and is taken back if the service refuses. Whether it agreed. */
export async function changeMe(changes: UserUpdateRequest): Promise<boolean> {
  try {
    await profile?.change(changes, (body) => unwrap(api.PATCH("/api/users/me", { body })));
    return true;
  } catch (error) {
    sayError(error);
    return false;
  }
}

function withChanges(user: UserResponse, { display_name, preferences }: UserUpdateRequest): UserResponse {
  const name = display_name === undefined ? user.display_name : (display_name ?? user.email.split("@", 1)[0] ?? "");
  return { ...user, display_name: name, preferences: { ...user.preferences, ...preferences } };
}

/** Act as another user: the stand-in reads this cookie. */
export function actAs(email: string): void {
  document.cookie = `dev_user=${encodeURIComponent(email)}; path=/; samesite=strict`;
  location.reload();
}
