// Receives Jawort's webhooks: verifies each with the standard's own library, handles it once, and
// answers 2xx only when it is handled. Needs Node 18 or later.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const LARGEST = 64 * 1024;

async function bodyOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > LARGEST) throw new Error("too large");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8"); // as it was signed: never parse before verifying
}

// `secrets`: "whsec_…", several while one is being rotated. `seenFile` remembers which webhooks were
// handled, one webhook-id a line. `handle(event)` may throw: then Jawort tries again later.
export function receiver({ secrets, seenFile, handle }) {
  const verifiers = secrets.map((secret) => new Webhook(secret));
  const seen = new Set(existsSync(seenFile) ? readFileSync(seenFile, "utf8").split("\n") : []);
  let queue = Promise.resolve(); // one after the other, in the order in which they come

  function verified(body, headers) {
    for (const verifier of verifiers) {
      try {
        return verifier.verify(body, headers); // signature, and a time stamp that is not too old
      } catch {
        continue;
      }
    }
    return null;
  }

  async function handleOnce(id, event) {
    if (seen.has(id)) return; // at least once means: sometimes twice
    await handle(event, id);
    seen.add(id);
    appendFileSync(seenFile, id + "\n");
  }

  return createServer(async (request, response) => {
    const answer = (status) => response.writeHead(status).end();
    if (request.method !== "POST") return answer(405);
    let body;
    try {
      body = await bodyOf(request);
    } catch {
      return answer(413);
    }
    const event = verified(body, request.headers);
    if (event === null) return answer(401);
    const turn = queue.then(() => handleOnce(request.headers["webhook-id"], event));
    queue = turn.catch(() => {});
    try {
      await turn;
      answer(204);
    } catch (error) {
      console.error(`${event.type} was not handled: ${error.message}`);
      answer(500);
    }
  });
}

// The program: prints what comes, one JSON object a line.
if (process.argv[1] === new URL(import.meta.url).pathname) {
  const server = receiver({
    secrets: process.env.WEBHOOK_SECRETS.split(" "),
    seenFile: process.env.SEEN_FILE ?? "seen-webhooks",
    handle: async (event, id) => console.log(JSON.stringify({ id, ...event })),
  });
  server.listen(Number(process.env.PORT ?? 9090), "127.0.0.1", () =>
    console.log(JSON.stringify({ listening: server.address().port })),
  );
}
