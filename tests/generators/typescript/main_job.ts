// The whole main job through openapi-fetch, with the types that openapi-typescript makes of docs/openapi.json.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const [url, name, phone] = process.argv.slice(2) as [string, string, string];
const password = "a-long-Passphrase-7";
const api = createClient<paths>({ baseUrl: url });

function must<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.status}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}

must(await api.POST("/auth/registration/", { body: { username: name, password1: password, password2: password } }));
const tokens = must(await api.POST("/auth/login/", { body: { username: name, password } }));
const headers = { Authorization: `Bearer ${tokens.access}` };
check(must(await api.GET("/auth/user/", { headers })).username === name, "I am who I am");

const refused = await api.POST("/client/", { headers, body: { phone_number: "5", tag: name, timezone: "Europe/Moscow" } });
check(refused.response.status === 400 && "phone_number" in (refused.error ?? {}), "a wrong phone is named");
const client = must(
  await api.POST("/client/", { headers, body: { phone_number: phone, tag: name, timezone: "Europe/Moscow" } }),
);
const listed = await api.GET("/client/", { headers, params: { query: { tag: name, page_size: 10 } } });
check(must(listed)[0]?.id === client.id && listed.response.headers.get("X-Total-Count") === "1", "the client is listed");

const body: components["schemas"]["MailingRequest"] = {
  message_text: "Здравствуйте!",
  filter: { tag: [name], operator_code: null },
  end_time: new Date(Date.now() + 600_000).toISOString(),
};
const header = { "Idempotency-Key": name };
const mailing = must(await api.POST("/sender/notifications", { headers, body, params: { header } }));
const path = { id: mailing.id };
const deadline = Date.now() + 40_000;
let state: components["schemas"]["MailingState"] = mailing.state;
while (state !== "completed" && Date.now() < deadline) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  state = must(await api.GET("/sender/notifications/{id}", { headers, params: { path } })).state;
}
const [statistics] = must(await api.GET("/sender/notifications/{id}/statistics", { headers, params: { path } }));
check(statistics?.total_count === 1 && statistics.complete_count === 1, "one message, complete");
const query = { state: ["sent", "delivered"] as ("sent" | "delivered")[] };
const messages = must(await api.GET("/sender/notifications/{id}/messages", { headers, params: { path, query } }));
check(messages[0]?.phone_number === phone && messages[0].client === client.id, "to the right phone");

must(await api.POST("/auth/logout/", { headers }));
check((await api.GET("/auth/user/", { headers })).response.status === 401, "the login has ended");
console.log("done");
