// Signs in with supabase-js, and lists what comes next; the token is refreshed when the API no longer takes it.

import { createClient } from "@supabase/supabase-js";
import { connect, every } from "../src/client.js";

export async function upcoming(supabaseUrl: string, anonKey: string, email: string, password: string, baseUrl: string) {
  const { auth } = createClient(supabaseUrl, anonKey);
  const signedIn = await auth.signInWithPassword({ email, password });
  if (signedIn.error) throw signedIn.error;

  const token = async () => (await auth.getSession()).data.session?.access_token ?? "";
  const refresh = async () => (await auth.refreshSession()).data.session?.access_token ?? "";
  const api = connect({ baseUrl, token, refresh });

  const sessions: string[] = [];
  for await (const booking of every((after) =>
    api.GET("/api/bookings/bookings/my/", {
      params: { query: { when: "upcoming", status: ["PENDING", "CONFIRMED"], after } },
    }),
  ))
    sessions.push(`${booking.start_time}: ${booking.teacher_name} with ${booking.student_name}`);
  return sessions;
}
