// Who is signed in. The session itself is in a cookie that scripts cannot read.

import type { ApiKey } from "./api";

class Session {
  /** `undefined` until it is known, `null` while nobody is signed in. */
  who = $state.raw<ApiKey | null>();

  end() {
    this.who = null;
  }

  /** Whether the key has one of these roles; `admin` may do everything. */
  may(...roles: string[]): boolean {
    return !!this.who?.roles.some((role) => role === "admin" || roles.includes(role));
  }
}

export const session = new Session();
