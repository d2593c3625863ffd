// What a reader of a token asks with `Cache-Control` (RFC 9111 5.2.1): min-fresh and no-cache. Anything else says nothing.

export interface FreshnessAsk {
  noCache: boolean
  minFreshMs?: number
}

const LONGEST_SECONDS = 24 * 3600

export function parseFreshness(header: string | undefined): FreshnessAsk {
  const ask: FreshnessAsk = { noCache: false }
  if (header === undefined) return ask
  for (const part of header.toLowerCase().split(',')) {
    const [name = '', value = ''] = part.split('=').map((text) => text.trim())
    if (name === 'no-cache') ask.noCache = true
    const seconds = /^"?(\d+)"?$/.exec(value)?.[1]
    if (name === 'min-fresh' && seconds !== undefined) {
      ask.minFreshMs = Math.min(Number(seconds), LONGEST_SECONDS) * 1000
    }
  }
  return ask
}
