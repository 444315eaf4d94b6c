// Books a teacher's first free slot, and tells what went wrong.

import { type components, type connect, ok, Refused } from "../src/client.js";

type Api = ReturnType<typeof connect>;
type Booking = components["schemas"]["Booking"];

/** Asks for the first free hour of a date (YYYY-MM-DD); undefined where nothing is free. Throws Refused. */
export async function bookFirstSlot(api: Api, teacherId: string, date: string): Promise<Booking | undefined> {
  const slots = ok(
    await api.GET("/api/bookings/slots/available/", {
      params: { query: { teacher_id: teacherId, date, exclude_mine: true } },
    }),
  );
  const first = slots.available_slots[0];
  if (!first) return undefined;
  try {
    return ok(await api.POST("/api/bookings/bookings/", { body: { teacher_id: teacherId, start_time: first.start } }));
  } catch (failure) {
    if (failure instanceof Refused && failure.code === "slot_unavailable") return undefined; // somebody was faster
    throw failure;
  }
}

/** A line for the student's screen. */
export function told(booking: Booking): string {
  switch (booking.status) {
    case "PENDING":
      return `${booking.teacher_name} has yet to answer.`;
    case "CONFIRMED":
      return booking.zoom_info.has_meeting ? `Join at ${booking.zoom_info.join_url}.` : "";
    case "CANCELLED":
      return `Cancelled: ${booking.cancellation_reason}`;
    case "COMPLETED":
      return "How was it?";
  }
}
