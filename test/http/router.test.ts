import { describe, expect, it } from 'vitest'
import { TableRouter } from '../../src/http/router.ts'

const router = new TableRouter<string>()
for (const [method = '', path = ''] of [
  ['GET', '/'],
  ['GET', '/things/new'],
  ['GET', '/things/:id'],
  ['POST', '/things/:id'],
  ['GET', '/things/:id/parts/:part'],
  ['ALL', '/things/:id/proxy/*'],
  ['GET', '/things/:id/proxy/known'],
]) {
  router.add(method, path, `${method} ${path}`)
}

describe('an address', () => {
  it.each([
    ['GET', '/', 'GET /', {}],
    ['GET', '/things/new', 'GET /things/new', {}],
    ['GET', '/things/7', 'GET /things/:id', { id: '7' }],
    ['POST', '/things/new', 'POST /things/:id', { id: 'new' }],
    ['GET', '/things/7/parts/8', 'GET /things/:id/parts/:part', { id: '7', part: '8' }],
    ['GET', '/things/a%2Fb', 'GET /things/:id', { id: 'a%2Fb' }],
    ['GET', '/things/__proto__', 'GET /things/:id', { id: '__proto__' }],
    ['PROPFIND', '/things/7/proxy/a/b', 'ALL /things/:id/proxy/*', { id: '7' }],
    ['GET', '/things/7/proxy', 'ALL /things/:id/proxy/*', { id: '7' }],
    ['GET', '/things/7/proxy/', 'ALL /things/:id/proxy/*', { id: '7' }],
    ['GET', '/things/7/proxy/known', 'GET /things/:id/proxy/known', { id: '7' }],
  ])('%s %s finds its one route', (method, path, handler, params) => {
    expect(router.match(method, path)).toEqual([[[handler, params]]])
  })

  it.each([
    ['GET', ''],
    ['GET', '/things'],
    ['GET', '/things/'],
    ['GET', '//things/7'],
    ['GET', '/things/7/'],
    ['GET', '/Things/7'],
    ['DELETE', '/things/7'],
    ['get', '/things/7'],
    ['GET', '/things/7/parts'],
    ['GET', '/things//proxy/a'],
  ])('%s %s finds none', (method, path) => {
    expect(router.match(method, path)).toEqual([[]])
  })
})
