// One harmless call to a service at a person's word: what was asked, what came back, how long it took. No credential, and
// nothing of the answer but the account's name.

/** A second press within this shows the last result once more. */
export const TEST_PAUSE_MS = 5_000

export interface TestCall {
  at: number
  /** `identity`: whose account the token acts as. `example`: the connector's example request, where there is no such. */
  asked: 'identity' | 'example'
  /** `refused`: the service does not take the token. `failed`: anything else, which says nothing about the token. */
  outcome: 'worked' | 'refused' | 'failed'
  /** Null where no answer came. */
  status: number | null
  durationMs: number
  /** Name or address of the account that answered. */
  account: string | null
}

/** Whether a test now would only repeat the last one. */
export function isTooSoon(last: Pick<TestCall, 'at'> | null | undefined, now: number): boolean {
  return last != null && now - last.at < TEST_PAUSE_MS
}
