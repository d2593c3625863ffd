import { describe, expect, it } from 'vitest'
import { snippetsFor } from '../../src/views/snippets.ts'

const props = { publicUrl: 'https://evergrant.example', connectionId: 'con_1' }

function codeOf(id: string, examplePath: string): string {
  return snippetsFor({ ...props, examplePath }).find((snippet) => snippet.id === id)?.code ?? ''
}

describe('ready-made code', () => {
  it('calls the service through the proxy of this very connection, and names the key by its variable', () => {
    const address = 'https://evergrant.example/v1/connections/con_1/proxy/me'
    expect(codeOf('curl', '/me')).toBe(`curl -H "Authorization: Bearer $EVERGRANT_KEY" ${address}`)
    for (const id of ['fetch', 'python']) expect(codeOf(id, 'me')).toContain(`"${address}"`)
    for (const { code } of snippetsFor({ ...props, examplePath: '/me' })) {
      expect(code).toContain('EVERGRANT_KEY')
      expect(code).toContain('con_1')
    }
  })

  it('keeps a shell from reading what is in the path', () => {
    expect(codeOf('curl', '/me?$top=1&x=$(id)')).toContain(
      "'https://evergrant.example/v1/connections/con_1/proxy/me?$top=1&x=$(id)'",
    )
    expect(codeOf('curl', "/it's")).toContain("/it'\\''s'")
  })

  it('keeps a path inside its text in the other languages', () => {
    for (const id of ['fetch', 'python']) expect(codeOf(id, '/a"b\\c')).toContain('/a\\"b\\\\c"')
  })
})
