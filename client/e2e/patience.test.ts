// What the client does by itself: a new token after a 401, patience with 429 and 503, one key for all repetitions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { patient } from "../src/client.js";
import { baseUrl, given, refused, signedIn } from "./people.js";

const student = given("STUDENT");

test("a token that no longer holds is refreshed once", async () => {
  let refreshed = 0;
  const api = signedIn("STUDENT", { token: () => "expired", refresh: () => (refreshed++, student) });
  assert.equal((await api.GET("/api/accounts/me/")).response.status, 200);
  assert.equal(refreshed, 1);
  const hopeless = signedIn("STUDENT", { token: () => "expired", refresh: () => "expired too" });
  await refused(hopeless.GET("/api/accounts/me/"), "invalid_token", 401);
});

test("too many requests are repeated once the minute is over", async () => {
  const waits: number[] = [];
  const hasty = signedIn("OTHER_STUDENT", { sleep: async (seconds) => void waits.push(seconds), attempts: 2 });
  const confirm = (api: typeof hasty) =>
    api.POST("/api/bookings/bookings/{id}/confirm/", { params: { path: { id: crypto.randomUUID() } } });
  let answer = await confirm(hasty);
  while (answer.response.status === 404) answer = await confirm(hasty);
  await refused(Promise.resolve(answer), "throttled", 429);
  assert.equal(waits.length, 1);
  assert.ok(waits[0] !== undefined && waits[0] >= 1 && waits[0] <= 60);
  await refused(confirm(signedIn("OTHER_STUDENT")), "not_found", 404); // waited, and got through
});

test("what finds the service busy, or does not get through, is repeated with the same key", async () => {
  const keys: (string | null)[] = [];
  const waits: number[] = [];
  const send = async (request: Request) => {
    keys.push(request.headers.get("Idempotency-Key"));
    if (keys.length === 1) return new Response("{}", { status: 503, headers: { "Retry-After": "7" } });
    if (keys.length === 2) throw new TypeError("fetch failed");
    assert.equal(await request.text(), "{}");
    return new Response("{}", { status: 201 });
  };
  const post = patient({ baseUrl, token: () => student, fetch: send, sleep: async (seconds) => void waits.push(seconds) });
  assert.equal((await post(new Request(`${baseUrl}/api/`, { method: "POST", body: "{}" }))).status, 201);
  assert.deepEqual(waits, [7, 2]);
  assert.equal(new Set(keys).size, 1);
  assert.ok(keys[0]);
});
