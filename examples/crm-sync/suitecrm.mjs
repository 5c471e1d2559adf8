// As much of SuiteCRM's JSON API (V8) as it takes to keep contacts in step: OAuth 2.0 client
// credentials, and find, create, change and delete in one module.

const MEDIA_TYPE = "application/vnd.api+json";
const PATIENCE = 10_000; // Jawort waits 15 s for us

export class SuiteCrm {
  #token = null;
  #expires = 0;

  // `url`: where SuiteCRM is, "https://crm.example.org" (of SuiteCRM 8: ".../legacy").
  constructor({ url, clientId, clientSecret }) {
    this.url = url.replace(/\/$/, "");
    this.credentials = {
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
    };
  }

  async #request(method, path, { body, token } = {}) {
    const headers = { Accept: MEDIA_TYPE, "Content-Type": MEDIA_TYPE };
    if (token) headers.Authorization = `Bearer ${token}`;
    return fetch(this.url + path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
  }

  async #newToken() {
    const answer = await this.#request("POST", "/Api/access_token", { body: this.credentials });
    if (!answer.ok) throw new Error(`no access token: ${answer.status}`);
    const { access_token: token, expires_in: seconds } = await answer.json();
    this.#token = token;
    this.#expires = Date.now() + (seconds - 60) * 1000;
  }

  async #ask(method, path, body) {
    if (this.#token === null || Date.now() >= this.#expires) await this.#newToken();
    let answer = await this.#request(method, path, { body, token: this.#token });
    if (answer.status === 401) {
      // Revoked before its time.
      await this.#newToken();
      answer = await this.#request(method, path, { body, token: this.#token });
    }
    return answer;
  }

  async #done(method, path, body) {
    const answer = await this.#ask(method, path, body);
    if (!answer.ok) throw new Error(`${method} ${path.split("?")[0]}: ${answer.status}`);
    return answer.json();
  }

  // The id of the first contact whose `field` has this value; null when there is none.
  async find(field, value) {
    const query = new URLSearchParams({
      "fields[Contacts]": "id",
      "filter[operator]": "and",
      [`filter[${field}][eq]`]: value,
      "page[size]": "1",
    });
    const found = await this.#done("GET", `/Api/V8/module/Contacts?${query}`);
    return found.data.length > 0 ? found.data[0].id : null;
  }

  async create(attributes) {
    const made = await this.#done("POST", "/Api/V8/module", {
      data: { type: "Contacts", attributes },
    });
    return made.data.id;
  }

  async change(id, attributes) {
    await this.#done("PATCH", "/Api/V8/module", { data: { type: "Contacts", id, attributes } });
  }

  async remove(id) {
    await this.#done("DELETE", `/Api/V8/module/Contacts/${encodeURIComponent(id)}`);
  }
}
