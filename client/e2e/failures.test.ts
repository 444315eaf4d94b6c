// Failures behind the service: Zoom that makes no meeting, keys that are out of reach. A server of its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../src/client.js";
import { idOf, refused, signedIn } from "./people.js";

test("a meeting that Zoom does not make leaves the request pending", async () => {
  const student = signedIn("STUDENT");
  const teacher = signedIn("TEACHER");
  const windows = [0, 1, 2, 3, 4, 5, 6].map((day_of_week) => ({ day_of_week, start_time: "00:00", end_time: "00:00" }));
  ok(await teacher.PUT("/api/bookings/availability/week/", { body: { windows } }));
  const start_time = `${new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10)}T10:00:00Z`;
  const booking = ok(
    await student.POST("/api/bookings/bookings/", { body: { teacher_id: await idOf(teacher), start_time } }),
  );
  const one = { params: { path: { id: booking.id } } };
  const failure = await refused(teacher.POST("/api/bookings/bookings/{id}/confirm/", one), "zoom_failed", 500);
  assert.match(failure.message, /^Failed to create Zoom meeting: /);
  assert.equal(ok(await student.GET("/api/bookings/bookings/{id}/", one)).status, "PENDING");
});

test("503 is repeated as often as asked for, after Retry-After", async () => {
  const waits: number[] = [];
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = [part({ alg: "ES256", kid: "unknown", typ: "JWT" }), part({ sub: "x" }), "c2ln"].join(".");
  const api = signedIn("STUDENT", { token: () => token, attempts: 3, sleep: async (wait) => void waits.push(wait) });
  await refused(api.GET("/api/accounts/me/"), "keys_unavailable", 503);
  assert.equal(waits.length, 2);
  assert.ok(waits.every((wait) => wait >= 1));
});
