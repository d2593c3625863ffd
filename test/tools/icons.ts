// `npm run icons` writes public/icons/ from simple-icons (CC0): the icons that connectors name, and no other. With
// --check it only says whether the folder is current, which `npm run check` asks. An icon under a licence of its own is
// refused: such a service keeps its letter tile.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import * as simpleIcons from 'simple-icons'
import { offeredConnectors } from '../../src/connectors/catalog.ts'

const FOLDER = resolve(import.meta.dirname, '..', '..', 'public', 'icons')
/** The colours of text in public/app.css: an image knows the reader's scheme, but no colour of the page. */
const STYLE = '<style>path{fill:#1a211e}@media(prefers-color-scheme:dark){path{fill:#e6ebe8}}</style>'

const bySlug = new Map(Object.values(simpleIcons).map((icon) => [icon.slug, icon]))

function drawing(slug: string): string {
  const icon = bySlug.get(slug)
  if (!icon) throw new Error(`simple-icons has no icon "${slug}".`)
  if (icon.license) throw new Error(`The icon "${slug}" has a licence of its own: ${icon.license.type}.`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${STYLE}<path d="${icon.path}"/></svg>\n`
}

const named = offeredConnectors(true).flatMap(({ icon }) => (icon === undefined ? [] : [icon]))
const wanted = new Map([...new Set(named)].map((slug) => [`${slug}.svg`, drawing(slug)]))

mkdirSync(FOLDER, { recursive: true })
const present = new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]))
const stale = [...present.keys()].filter((name) => !wanted.has(name))
const changed = [...wanted].filter(([name, text]) => present.get(name) !== text)

if (stale.length + changed.length === 0) process.exitCode = 0
else if (process.argv.includes('--check')) {
  console.error('public/icons is not current: run `npm run icons`.')
  process.exitCode = 1
} else {
  for (const name of stale) rmSync(join(FOLDER, name))
  for (const [name, text] of changed) writeFileSync(join(FOLDER, name), text)
}
