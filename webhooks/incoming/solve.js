// The small sum (proof of work) that a form may ask of a browser; stands before challenge.js and
// embed.js in what is served. Asks nobody but the server of the form; stores nothing.
const freshFor = 10 * 60 * 1000; // milliseconds; the server takes an answer for longer
const batch = 256; // hashes between two looks at the result, so that the page stays alive

async function search(salt, wanted, most) {
  const encoder = new TextEncoder();
  for (let first = 0; first <= most; first += batch) {
    const hashes = await Promise.all(Array.from({ length: batch }, (_, i) =>
      crypto.subtle.digest("SHA-256", encoder.encode(salt + (first + i)))));
    const found = hashes.findIndex((hash) => {
      const bytes = new Uint8Array(hash);
      return wanted.every((byte, i) => byte === bytes[i]);
    });
    if (found >= 0) return first + found;
  }
  throw new Error("the challenge has no solution");
}

async function solveChallenge(url) {
  const answer = await fetch(url, {
    headers: { Accept: "application/json" }, credentials: "omit", cache: "no-store",
  });
  if (!answer.ok) throw new Error("no challenge: " + answer.status);
  const { algorithm, challenge, maxnumber, salt, signature } = await answer.json();
  const wanted = Uint8Array.from(challenge.match(/../g), (pair) => parseInt(pair, 16));
  const number = await search(salt, wanted, maxnumber);
  return btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
}

// One answer at a time: solved once, good for a while, gone when it has been sent.
class Proof {
  #url;
  #answer = "";
  #solvedAt = 0;
  #solving = null;

  constructor(url) {
    this.#url = url;
  }
  // The answer, or "" while there is none.
  get answer() {
    return Date.now() - this.#solvedAt < freshFor ? this.#answer : "";
  }
  get solving() {
    return this.#solving !== null;
  }
  solve() {
    if (this.answer) return Promise.resolve(this.answer);
    this.#solving ||= solveChallenge(this.#url).then((answer) => {
      this.#answer = answer;
      this.#solvedAt = Date.now();
      return answer;
    }).finally(() => {
      this.#solving = null;
    });
    return this.#solving;
  }
  forget() {
    this.#answer = "";
  }
}
