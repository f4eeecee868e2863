/**
 * When there is another connection: at once, but not while one is that new. Each costs a browser
 * much, and it makes only so many.
 */

/** Milliseconds. */
export const EVERY = 500;
/** Bytes that are no longer used at once: several times what makes a browser collect what is not. */
const GARBAGE = 128 * 1024 * 1024;

export class Replacement {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;
  /** Theirs, to which there is to be a connection next. @type {string | null} */
  #next = null;
  #failed = false;

  /** @param {(session: string) => void} replace may throw: then it is done again */
  constructor(replace) {
    this.replace = replace;
  }

  /** The last word counts. @param {string} session @returns whether there is one to it already */
  ask(session) {
    this.#next = session;
    if (this.#resting === undefined) this.#make();
    return this.#next === null;
  }

  /** None is wanted any more. */
  drop() {
    this.#next = null;
  }

  /** What comes next is done by somebody here, who is never too fast. */
  end() {
    clearTimeout(this.#resting);
    this.#resting = undefined;
    this.drop();
  }

  #make() {
    this.#resting = undefined;
    if (this.#next === null) return;
    this.#resting = setTimeout(() => this.#make(), EVERY);
    try {
      this.replace(this.#next);
      this.#next = null;
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) console.warn("no connection could be made", error);
      this.#failed = true;
      hurryCollection();
    }
  }
}

/**
 * In Chromium closed connections count until they are collected, which a page that uses little memory
 * may wait for for minutes.
 */
function hurryCollection() {
  try {
    new ArrayBuffer(GARBAGE);
  } catch {
    // No room for it: then it collects anyway.
  }
}
