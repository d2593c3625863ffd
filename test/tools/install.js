// Installs the dependencies when they are missing or not those of the lockfile, and says nothing otherwise. Plain
// JavaScript for any Node from 20 on: the Node 24 that everything else runs on is itself one of the dependencies, and
// npm finds it only in the next command, which is why this runs in the `pre` scripts.

import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const LOCKFILE = join(ROOT, 'package-lock.json')
const NODE_PACKAGE = join(ROOT, 'node_modules', 'node')
const NODE_BINARY = join(NODE_PACKAGE, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

const reason = whyInstall()
if (reason) {
  console.log(`Installing the dependencies (${reason}). This takes a minute or two.`)
  install()
}

/** A few words, or undefined where everything is in place. */
function whyInstall() {
  const installed = readPackages(join(ROOT, 'node_modules', '.package-lock.json'))
  if (!installed) return 'none are installed yet'
  const wanted = readPackages(LOCKFILE)
  if (wanted && !matches(wanted, installed)) return 'the lockfile has changed'
  if (!isExecutable(NODE_BINARY)) return 'Node 24 is missing'
  return undefined
}

/** Whether all that the lockfile names is there; what other platforms need may be absent. */
function matches(wanted, installed) {
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional, link }]) => {
    if (path === '' || link) return true
    const found = installed[path]
    if (!found) return optional === true || devOptional === true
    return found.version === version && found.integrity === integrity
  })
}

function install() {
  const result = npm(existsSync(LOCKFILE) ? 'ci' : 'install')
  if (result.status !== 0)
    fail(result, 'npm could not install. Is the npm registry reachable? Then try again.')
  if (isExecutable(NODE_BINARY)) return
  // npm can be told to skip install scripts; the one that fetches Node has to run all the same.
  const fetched = run(systemNode(), ['installArchSpecificPackage.js'], NODE_PACKAGE)
  if (fetched.status !== 0 || !isExecutable(NODE_BINARY)) {
    fail(fetched, 'Node 24 could not be put into node_modules/node. Run `npm rebuild node` and try again.')
  }
}

/**
 * `npm ci` refuses a lockfile that leaves out what other platforms need, as npm writes it where the registry at hand
 * does not carry those. `npm install --no-save` keeps to the same versions, adds them, and leaves the lockfile alone.
 */
function npm(command) {
  const { file, args } = npmCommand()
  // A caller's `npm --silent` is inherited, and would hide why npm refused.
  const flags = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const result = run(file, [...args, command, ...flags], ROOT)
  const refused = command === 'ci' && result.status !== 0 && /EUSAGE/.test(`${result.stdout}${result.stderr}`)
  return refused ? run(file, [...args, 'install', '--no-save', ...flags], ROOT) : result
}

/** The npm that runs this script where there is one, else the one in PATH. */
function npmCommand() {
  const script = process.env.npm_execpath ?? ''
  if (/npm-cli\.c?js$/.test(script) && existsSync(script)) return { file: systemNode(), args: [script] }
  return { file: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: [] }
}

/** Not the one inside node_modules, which `npm ci` removes while it works. */
function systemNode() {
  const node = process.env.npm_node_execpath
  if (node && existsSync(node)) return node
  return process.execPath.startsWith(join(ROOT, 'node_modules')) ? 'node' : process.execPath
}

function run(file, args, cwd) {
  return spawnSync(file, args, { cwd, encoding: 'utf8', shell: file.endsWith('.cmd') })
}

function fail(result, sentence) {
  console.error([result.stdout, result.stderr, result.error?.message].filter(Boolean).join('\n').trim())
  console.error(`\n${sentence}`)
  process.exit(1)
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
