// Text from a provider before anybody may see it: control characters out, credentials masked, cut.

const LIMIT = 200
const MASK = '[hidden]'

/**
 * At most 200 characters for an admin's eyes. `secrets` are masked wherever they appear; so is anything that is long
 * and irregular enough to be a token.
 */
export function providerText(text: unknown, secrets: (string | null)[] = []): string {
  if (typeof text !== 'string') return ''
  let clean = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
  for (const secret of secrets) {
    if (secret) clean = clean.replaceAll(secret, MASK).replaceAll(encodeURIComponent(secret), MASK)
  }
  clean = clean.replace(/[\w\-.~+/=%]{20,}/g, (run) => (looksLikeToken(run) ? MASK : run))
  return clean.trim().slice(0, LIMIT)
}

/** Words joined by punctuation are prose or an error code; digits mixed into a long run are a credential. */
function looksLikeToken(run: string): boolean {
  return run.length >= 40 || (/\d/.test(run) && /[A-Za-z]/.test(run))
}
