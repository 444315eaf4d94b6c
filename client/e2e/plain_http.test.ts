// A server that is to be reached over HTTPS only, called over plain HTTP.

import { test } from "node:test";
import { refused, signedIn } from "./people.js";

test("what writes is refused over plain HTTP", async () => {
  const body = { teacher_id: crypto.randomUUID(), start_time: "2030-01-15T10:00:00Z" };
  await refused(signedIn("STUDENT").POST("/api/bookings/bookings/", { body }), "https_required", 403);
});
