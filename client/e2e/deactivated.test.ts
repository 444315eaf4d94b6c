// Somebody is deactivated: run once before (DEACTIVATED is empty), and once after that.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../src/client.js";
import { idOf, refused, signedIn } from "./people.js";

const student = signedIn("STUDENT");
const teacher = signedIn("TEACHER");
const start_time = `${new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10)}T10:00:00Z`;

if (process.env.DEACTIVATED) {
  test("a deactivated teacher is locked out, and their sessions can only be cancelled", async () => {
    await refused(teacher.GET("/api/accounts/me/"), "account_inactive", 401);
    const booking = ok(await student.GET("/api/bookings/bookings/my/", { params: { query: { status: ["PENDING"] } } }))
      .results[0];
    assert.ok(booking);
    const one = { params: { path: { id: booking.id } } };
    const move = student.POST("/api/bookings/bookings/{id}/reschedule/", { ...one, body: { start_time } });
    await refused(move, "teacher_inactive", 400);
    ok(await student.POST("/api/bookings/bookings/{id}/cancel/", { ...one, body: {} }));
  });
} else {
  test("a request to a teacher", async () => {
    const windows = [0, 1, 2, 3, 4, 5, 6].map((day) => ({ day_of_week: day, start_time: "00:00", end_time: "00:00" }));
    ok(await teacher.PUT("/api/bookings/availability/week/", { body: { windows } }));
    ok(await student.POST("/api/bookings/bookings/", { body: { teacher_id: await idOf(teacher), start_time } }));
  });
}
