// `npm run readme` writes the list of connectors into README.md from the catalog's data; with --check it only says
// whether the list is current, which `npm run check` asks.

import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import { offeredConnectors } from '../../src/connectors/catalog.ts'

const README = resolve(import.meta.dirname, '..', '..', 'README.md')
const BEGIN = '<!-- connectors: written by `npm run readme` -->'
const END = '<!-- /connectors -->'

const connectors = offeredConnectors(false)
const retired = connectors.filter((connector) => connector.retired)
const live = connectors.filter((connector) => !connector.retired)
const categories = [...new Set(live.map(({ category }) => category))].sort()

function names(category: string): string {
  return live
    .filter((connector) => connector.category === category)
    .sort((left, right) => left.name.localeCompare(right.name))
    .map(({ name, confidence }) => (confidence === 'verified' ? name : `${name}*`))
    .join(', ')
}

const list = [
  `${live.length} services. An asterisk means unverified: written from documentation, with fewer than two sources for its endpoints.`,
  '',
  '| category | services |',
  '|---|---|',
  ...categories.map((category) => `| ${category} | ${names(category)} |`),
  ...(retired.length > 0 ? ['', `Closed: ${retired.map(({ name }) => name).join(', ')}.`] : []),
].join('\n')

const text = readFileSync(README, 'utf8')
const from = text.indexOf(BEGIN)
const to = text.indexOf(END)
if (from < 0 || to < from) throw new Error(`README.md has no place for the list: ${BEGIN} … ${END}`)
const current = `${text.slice(0, from)}${BEGIN}\n${list}\n${text.slice(to)}`

if (current === text) process.exitCode = 0
else if (process.argv.includes('--check')) {
  console.error('The list of connectors in README.md is not current: run `npm run readme`.')
  process.exitCode = 1
} else writeFileSync(README, current)
