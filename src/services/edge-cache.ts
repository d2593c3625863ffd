// A small cache in the isolate: entries live ten seconds at most, and the oldest leave first. Holds records and sealed
// copies, never an opened token.

const LIFE_MS = 10_000
const LIMIT = 5_000

export class EdgeCache<T> {
  readonly #entries = new Map<string, { value: T; until: number }>()
  readonly #lifeMs: number

  constructor(lifeMs = LIFE_MS) {
    this.#lifeMs = lifeMs
  }

  get(key: string, now: number): T | undefined {
    const entry = this.#entries.get(key)
    return entry && entry.until > now ? entry.value : undefined
  }

  set(key: string, value: T, now: number): void {
    this.#entries.delete(key)
    this.#entries.set(key, { value, until: now + this.#lifeMs })
    if (this.#entries.size > LIMIT) {
      const [oldest] = this.#entries.keys()
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  /** True the first time within the life of an entry: for what may happen once in a while. */
  once(key: string, now: number): boolean {
    const entry = this.#entries.get(key)
    if (entry && entry.until > now) return false
    this.set(key, true as T, now)
    return true
  }
}
