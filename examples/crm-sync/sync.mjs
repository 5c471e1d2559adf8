// Keeps contacts of SuiteCRM in step with Jawort: consents come and go there as they do here, and
// who is erased here goes there too.
import { receiver } from "../webhook-receiver/receive.mjs";
import { SuiteCrm } from "./suitecrm.mjs";

// The field of the CRM's contact that holds Jawort's contact_id, by which it is found again.
const LINK = "jawort_id_c";
// consent of purpose "product-news" → fields product_news_consent_c, product_news_since_c
const fieldOf = (purpose, what) => `${purpose.replaceAll("-", "_")}_${what}_c`;

export function synchroniser(crm) {
  async function find({ contact_id: jawortId, email }) {
    const linked = await crm.find(LINK, jawortId);
    if (linked !== null || !email) return linked;
    // Somebody whom the sales staff know already.
    const known = await crm.find("email1", email);
    if (known !== null) await crm.change(known, { [LINK]: jawortId });
    return known;
  }

  async function setConsent(id, { purpose }, status, since) {
    await crm.change(id, {
      [fieldOf(purpose, "consent")]: status,
      [fieldOf(purpose, "since")]: since,
    });
  }

  const handlers = {
    // Before the press there is no consent, and nobody in the CRM.
    async "consent.confirmed"(data) {
      const id =
        (await find(data)) ??
        (await crm.create({
          last_name: data.email ?? data.contact_id,
          email1: data.email ?? "",
          [LINK]: data.contact_id,
        }));
      await setConsent(id, data, "confirmed", data.confirmed_at);
    },
    async "consent.revoked"(data) {
      const id = await find(data);
      if (id !== null) await setConsent(id, data, "revoked", data.revoked_at);
    },
    async "message.bounced"(data) {
      if (data.class !== "hard") return;
      const id = await find(data);
      if (id !== null) await crm.change(id, { invalid_email: "1" });
    },
    async "contact.erased"(data) {
      const id = await crm.find(LINK, data.contact_id);
      if (id !== null) await crm.remove(id);
    },
  };

  return async (event) => handlers[event.type]?.(event.data);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const crm = new SuiteCrm({
    url: process.env.CRM_URL,
    clientId: process.env.CRM_CLIENT_ID,
    clientSecret: process.env.CRM_CLIENT_SECRET,
  });
  const server = receiver({
    secrets: process.env.WEBHOOK_SECRETS.split(" "),
    seenFile: process.env.SEEN_FILE ?? "seen-webhooks",
    handle: synchroniser(crm),
  });
  server.listen(Number(process.env.PORT ?? 9090), "127.0.0.1", () =>
    console.log(JSON.stringify({ listening: server.address().port })),
  );
}
