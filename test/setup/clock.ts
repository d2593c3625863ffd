// The Worker's clock, set by hand: the object under test runs in the test's own isolate and reads the same Date.

import { vi } from 'vitest'

/** Moves time forward by whole milliseconds; it goes on from there only by hand. */
export function advance(ms: number): number {
  const now = Date.now() + ms
  vi.setSystemTime(now)
  return now
}

export function realTime(): void {
  vi.useRealTimers()
}
