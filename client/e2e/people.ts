// Who takes part: scripts/client_e2e.py starts the server and gives each a token.

import assert from "node:assert/strict";
import { connect, type ErrorCode, type Options, ok, Refused } from "../src/client.js";

export function given(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is missing: run this by scripts/client_e2e.py`);
  return value;
}

export const baseUrl = given("BOOKINGS_URL");

export function signedIn(name: "STUDENT" | "OTHER_STUDENT" | "THIRD_STUDENT" | "TEACHER" | "OTHER_TEACHER", more: Partial<Options> = {}) {
  return connect({ baseUrl, token: () => given(name), ...more });
}

/** Fails unless the call is refused with this code. */
export async function refused(call: Promise<{ error?: unknown }>, code: ErrorCode, status: number): Promise<Refused> {
  const answer = (await call) as { error?: never; data?: never; response: Response };
  assert.equal(answer.response.status, status);
  try {
    ok(answer);
  } catch (failure) {
    assert.ok(failure instanceof Refused);
    assert.equal(failure.code, code);
    return failure;
  }
  throw new Error(`not refused: ${code}`);
}

export async function idOf(api: ReturnType<typeof connect>): Promise<string> {
  return ok(await api.GET("/api/accounts/me/")).id;
}
