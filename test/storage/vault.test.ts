import { beforeAll, describe, expect, it } from 'vitest'
import type { KeyRing, RingKey } from '../../src/domain/key-ring.ts'
import { fromBase64Url } from '../../src/lib/bytes.ts'
import { type SealContext, type SealPurpose, Vault } from '../../src/storage/vault.ts'

const newKey = (kid: string): RingKey => ({ kid, bytes: crypto.getRandomValues(new Uint8Array(32)) })
const OLD = newKey('2025')
const NEW = newKey('2026')
const vault = new Vault([OLD])
const CONTEXT: SealContext = { purpose: 'grant', workspaceId: 'wsp_a', recordId: 'con_a' }
const SECRET = '{"accessToken":"canary-access","refreshToken":"canary ✓ 🚀"}'

describe('what is sealed', () => {
  it.each(['', 'x', SECRET, 'a'.repeat(64 * 1024)])('opens again in its place (%#)', async (plaintext) => {
    const sealed = await vault.seal(CONTEXT, plaintext)
    expect(await vault.open(CONTEXT, sealed)).toEqual({ ok: true, value: plaintext })
  })

  it('shows nothing of itself, in any spelling', async () => {
    const sealed = await vault.seal(CONTEXT, SECRET)
    expect(sealed).toMatch(/^v1\.2025\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]+$/)
    for (const text of ['canary', btoa('canary'), 'accessToken']) expect(sealed).not.toContain(text)
  })

  it('is another text every time', async () => {
    expect(await vault.seal(CONTEXT, SECRET)).not.toBe(await vault.seal(CONTEXT, SECRET))
  })

  it('never repeats an IV of 96 bits, 10,000 times over', async () => {
    const ivs = new Set<string>()
    for (let batch = 0; batch < 100; batch++) {
      const sealed = await Promise.all(Array.from({ length: 100 }, () => vault.seal(CONTEXT, '')))
      for (const text of sealed) ivs.add(text.split('.')[2] ?? '')
    }
    expect(ivs.size).toBe(10_000)
    for (const iv of ivs) expect(fromBase64Url(iv)?.byteLength).toBe(12)
  })
})

describe('a ciphertext that was moved', () => {
  const PURPOSES: SealPurpose[] = ['verifier', 'app_secret', 'app_copy', 'edge_copy', 'sign_in_flow']
  it.each<[string, Partial<SealContext>]>([
    ['another record', { recordId: 'con_b' }],
    ['another workspace', { workspaceId: 'wsp_b' }],
    ['a context with the same letters, cut elsewhere', { workspaceId: 'wsp_', recordId: 'acon_a' }],
    ['a context that quotes its way there', { workspaceId: 'wsp_a","con_a', recordId: '' }],
    ...PURPOSES.map((purpose): [string, Partial<SealContext>] => [`the purpose ${purpose}`, { purpose }]),
  ])('does not open under %s', async (_, change) => {
    const sealed = await vault.seal(CONTEXT, SECRET)
    expect(await vault.open({ ...CONTEXT, ...change }, sealed)).toEqual({ ok: false, error: 'unreadable' })
  })

  it('does not open under another key of the same name', async () => {
    const sealed = await vault.seal(CONTEXT, SECRET)
    expect(await new Vault([newKey('2025')]).open(CONTEXT, sealed)).toEqual({
      ok: false,
      error: 'unreadable',
    })
  })

  it('does not open when its key id is exchanged for another of the ring', async () => {
    const both = new Vault([OLD, NEW])
    const sealed = await both.seal(CONTEXT, SECRET)
    const exchanged = sealed.replace('v1.2025.', 'v1.2026.')
    expect(await both.open(CONTEXT, exchanged)).toEqual({ ok: false, error: 'unreadable' })
  })
})

describe('a ciphertext that was changed', () => {
  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

  it('does not open, whichever character it is, and never throws', async () => {
    const sealed = await vault.seal(CONTEXT, 'short secret')
    for (let at = 0; at < sealed.length; at++) {
      for (const other of `${LETTERS}.= `) {
        if (sealed[at] === other) continue
        const changed = sealed.slice(0, at) + other + sealed.slice(at + 1)
        const opened = await vault.open(CONTEXT, changed)
        if (opened.ok) expect.fail(`position ${at} became ${other}`)
      }
    }
  })

  it.each([
    '',
    '.',
    'v1',
    'v1.2025',
    'v1.2025..',
    'v1.2025.AAAAAAAAAAAAAAAA.',
    'v1.2025.AAAA.AAAA',
    '{}',
    'canary',
  ])('is not %j', async (text) => {
    expect((await vault.open(CONTEXT, text)).ok).toBe(false)
  })

  it('does not open with a character more, less, or a part more', async () => {
    const sealed = await vault.seal(CONTEXT, SECRET)
    for (const changed of [sealed.slice(0, -1), `${sealed}A`, `${sealed}.A`, ` ${sealed}`, `${sealed}\n`]) {
      expect((await vault.open(CONTEXT, changed)).ok).toBe(false)
    }
  })
})

describe('a rotation of the key ring', () => {
  const rotated = new Vault([NEW, OLD])
  let before = ''
  beforeAll(async () => {
    before = await vault.seal(CONTEXT, SECRET)
  })

  it('seals with the first key, and opens with all', async () => {
    const after = await rotated.seal(CONTEXT, SECRET)
    expect(after).toMatch(/^v1\.2026\./)
    expect(await rotated.open(CONTEXT, after)).toEqual({ ok: true, value: SECRET })
    expect(await rotated.open(CONTEXT, before)).toEqual({ ok: true, value: SECRET })
  })

  it('that takes a key away says that this key is unknown', async () => {
    expect(await new Vault([NEW]).open(CONTEXT, before)).toEqual({ ok: false, error: 'unknown_key' })
  })

  it('keeps what was told by an old key’s mac', async () => {
    expect(await rotated.verifyMac('flow_state', 'text', await vault.mac('flow_state', 'text'))).toBe(true)
    expect(await rotated.mac('flow_state', 'text')).toMatch(/^2026\./)
  })
})

describe('a mac', () => {
  it('is verified for its text alone', async () => {
    const mac = await vault.mac('flow_state', 'con_a.nonce.123')
    expect(mac).toMatch(/^2025\.[A-Za-z0-9_-]{43}$/)
    expect(await vault.verifyMac('flow_state', 'con_a.nonce.123', mac)).toBe(true)
    for (const text of ['', 'con_b.nonce.123', 'con_a.nonce.124', 'con_a.nonce.123 ']) {
      expect(await vault.verifyMac('flow_state', text, mac)).toBe(false)
    }
  })

  it('is refused when any character of it is changed', async () => {
    const mac = await vault.mac('flow_state', 'text')
    for (let at = 0; at < mac.length; at++) {
      const changed = mac.slice(0, at) + (mac[at] === 'A' ? 'B' : 'A') + mac.slice(at + 1)
      expect(await vault.verifyMac('flow_state', 'text', changed)).toBe(false)
    }
  })

  it.each(['', '.', '2025', '2025.', 'unknown.AAAA', '2025.AAAA', '__proto__.AAAA'])(
    'is not forged as %j',
    async (mac) => {
      expect(await vault.verifyMac('flow_state', 'text', mac)).toBe(false)
    },
  )

  it('of another ring is refused', async () => {
    const ring: KeyRing = [newKey('2025')]
    expect(await vault.verifyMac('flow_state', 'text', await new Vault(ring).mac('flow_state', 'text'))).toBe(
      false,
    )
  })
})
