// What the provider remembers: sessions, interactions, grants and tokens, in memory. It can be listed by grant, which
// the account page needs, and saved as plain data, so that a local run can go on after a restart.

type Payload = Record<string, unknown> & { grantId?: string; uid?: string; consumed?: number }

interface Entry {
  payload: Payload
  /** Epoch milliseconds. */
  expiresAt: number
}

export type SavedEntries = [key: string, entry: Entry][]

interface StoredGrant {
  id: string
  accountId: string
  clientId: string
  scope: string
  /** Epoch seconds. */
  issuedAt: number
}

/** The adapter interface of oidc-provider, one per model. */
interface Adapter {
  upsert(id: string, payload: Payload, expiresInSeconds: number): Promise<void>
  find(id: string): Promise<Payload | undefined>
  findByUid(uid: string): Promise<Payload | undefined>
  findByUserCode(code: string): Promise<undefined>
  consume(id: string): Promise<void>
  destroy(id: string): Promise<void>
  revokeByGrantId(grantId: string): Promise<void>
}

export interface Store {
  adapter(model: string): Adapter
  grants(): StoredGrant[]
  /** Removes the grant and everything issued under it. */
  revokeGrant(grantId: string): void
  save(): SavedEntries
}

const SWEEP_EVERY = 500

export function createStore(saved: SavedEntries = [], onChange: () => void = () => {}): Store {
  const entries = new Map<string, Entry>()
  const keysByGrant = new Map<string, Set<string>>()
  const keyByUid = new Map<string, string>()
  let writes = 0

  function put(key: string, entry: Entry): void {
    entries.set(key, entry)
    const { grantId, uid } = entry.payload
    if (uid !== undefined) keyByUid.set(uid, key)
    if (grantId === undefined) return
    const keys = keysByGrant.get(grantId) ?? new Set()
    keysByGrant.set(grantId, keys.add(key))
  }

  function remove(key: string): void {
    const payload = entries.get(key)?.payload
    entries.delete(key)
    if (payload?.uid !== undefined && keyByUid.get(payload.uid) === key) keyByUid.delete(payload.uid)
    if (payload?.grantId === undefined) return
    const keys = keysByGrant.get(payload.grantId)
    keys?.delete(key)
    if (keys?.size === 0) keysByGrant.delete(payload.grantId)
  }

  function live(key: string | undefined): Payload | undefined {
    const entry = key === undefined ? undefined : entries.get(key)
    return entry !== undefined && entry.expiresAt > Date.now() ? entry.payload : undefined
  }

  function sweep(): void {
    const now = Date.now()
    for (const [key, entry] of entries) if (entry.expiresAt <= now) remove(key)
  }

  function revokeTokens(grantId: string): void {
    for (const key of keysByGrant.get(grantId) ?? []) {
      if (!key.startsWith('Interaction:')) remove(key)
    }
    onChange()
  }

  for (const [key, entry] of saved) put(key, entry)

  return {
    adapter: (model) => ({
      async upsert(id, payload, expiresInSeconds) {
        remove(`${model}:${id}`)
        put(`${model}:${id}`, { payload, expiresAt: Date.now() + expiresInSeconds * 1000 })
        writes += 1
        if (writes % SWEEP_EVERY === 0) sweep()
        onChange()
      },
      find: async (id) => live(`${model}:${id}`),
      findByUid: async (uid) => live(keyByUid.get(uid)),
      findByUserCode: async () => undefined,
      async consume(id) {
        const payload = live(`${model}:${id}`)
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
        onChange()
      },
      async destroy(id) {
        remove(`${model}:${id}`)
        onChange()
      },
      revokeByGrantId: async (grantId) => revokeTokens(grantId),
    }),

    grants() {
      const found: StoredGrant[] = []
      for (const key of entries.keys()) {
        const payload = key.startsWith('Grant:') ? live(key) : undefined
        if (payload) found.push(describeGrant(key.slice('Grant:'.length), payload))
      }
      return found
    },

    revokeGrant(grantId) {
      remove(`Grant:${grantId}`)
      revokeTokens(grantId)
    },

    save() {
      sweep()
      return [...entries]
    },
  }
}

function describeGrant(id: string, payload: Payload): StoredGrant {
  const granted = (payload.openid as { scope?: string } | undefined)?.scope ?? ''
  return {
    id,
    accountId: String(payload.accountId),
    clientId: String(payload.clientId),
    scope: granted,
    issuedAt: Number(payload.iat),
  }
}
