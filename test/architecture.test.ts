import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type SourceFile, stations, violations } from './architecture/rules.ts'

const top = new URL('../', import.meta.url)

function sourcesUnder(folder: string): SourceFile[] {
  return readdirSync(new URL(folder, top), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}${entry.name}`
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesUnder(`${path}/`)
    return /\.tsx?$/.test(entry.name) ? [{ path, text: readFileSync(new URL(path, top), 'utf8') }] : []
  })
}

test('every source keeps to the layout: imports run down the stations, pure stations touch nothing outside', () => {
  const sources = ['src/', 'test/', 'bench/'].flatMap(sourcesUnder)
  // A scan that found nothing to look at would pass just as well.
  expect(sources.length).toBeGreaterThan(stations.length)
  expect(violations(sources)).toEqual([])
})

const check = (path: string, text: string) => violations([{ path, text }])

test.each([
  ['a station that imports a later one', 'src/decode/a.ts', "import { x } from '../rules/x.ts'"],
  ['a type of a later station', 'src/decode/a.ts', "import type { X } from '../rules/x.ts'"],
  ['a re-export of a later station', 'src/event/a.ts', "export * from '../model/x.ts'"],
  ['a named re-export of a later station', 'src/event/a.ts', "export { x } from '../model/x.ts'"],
  ['an import over several lines', 'src/event/a.ts', "import {\n  x,\n  y,\n} from '../model/x.ts'"],
  ['a default with names', 'src/event/a.ts', "import z, { x } from '../model/x.ts'"],
  ['a namespace', 'src/event/a.ts', "import * as z from '../model/x.ts'"],
  ['an import for its effects', 'src/event/a.ts', "import '../model/x.ts'"],
  ['a lazy import', 'src/event/a.ts', "const x = await import('../model/x.ts')"],
  ['a worker of a later station', 'src/source/a.ts', "new Worker(new URL('../engine/w.ts', import.meta.url))"],
  ['the page that imports a value from the engine', 'src/dashboard/a.tsx', "import { x } from '../engine/x.ts'"],
  ['a shipped source that imports a test', 'src/app/a.ts', "import { x } from './x.test.ts'"],
  ['a shipped source that imports from the tests', 'src/app/a.ts', "import { x } from '../../test/support/x.ts'"],
  ['a folder that is no station', 'src/manager/a.ts', 'export const x = 1'],
  ['a file that lies beside the stations', 'src/a.ts', 'export const x = 1'],
  ['the CEL library outside its file', 'src/rules/a.ts', "import { x } from '@marcbachmann/cel-js'"],
  ['chdb outside the store', 'src/app/a.ts', "const chdb = await import('chdb/connection')"],
  ['ClickHouse outside the store', 'src/gateway/a.ts', "import type { X } from '@clickhouse/client'"],
  ['kafkajs outside the source', 'src/app/a.ts', "import { Kafka } from 'kafkajs'"],
  ['a drawer', 'src/engine/utils.ts', 'export const x = 1'],
  ['a drawer as a folder', 'src/engine/helpers/pane.ts', 'export const x = 1'],
  ['a drawer with a prefix', 'test/support/kafka-helpers.ts', 'export const x = 1'],
  ['a file that is too long', 'src/engine/a.ts', 'x\n'.repeat(401)],
  ['a test that is too long', 'src/engine/a.test.ts', 'x\n'.repeat(801)],
  ['the support of a test that is too long', 'test/support/a.ts', 'x\n'.repeat(401)],
  ['the file system in a pure station', 'src/windows/a.ts', "import { readFileSync } from 'node:fs'"],
  ['the network in a pure station', 'src/rules/a.ts', "import net from 'net'"],
  ['a worker in a pure station', 'src/shard/a.ts', "import { Worker } from 'node:worker_threads'"],
  ['random bytes in a pure station', 'src/alerts/a.ts', "import { createHash, randomBytes } from 'node:crypto'"],
  ['all of node:crypto in a pure station', 'src/alerts/a.ts', "import crypto from 'node:crypto'"],
  ['a package with effects in a pure station', 'src/model/a.ts', "import pino from 'pino'"],
  ['Date.now', 'src/cases/a.ts', 'const now = Date.now()'],
  ['new Date()', 'src/cases/a.ts', 'const now = new Date()'],
  ['new Date without brackets', 'src/cases/a.ts', 'const now = +new Date;'],
  ['Date()', 'src/cases/a.ts', 'const now = Date()'],
  ['Math.random', 'src/cases/a.ts', 'const x = Math.random()'],
  ['performance.now', 'src/cases/a.ts', 'const x = performance.now()'],
  ['process.env', 'src/cases/a.ts', 'const x = process.env.HOME'],
  ['console', 'src/cases/a.ts', "console.error('x')"],
  ['setTimeout', 'src/cases/a.ts', 'setTimeout(() => {}, 1)'],
  ['crypto.randomUUID', 'src/cases/a.ts', 'const id = crypto.randomUUID()'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the made-up source is the one with the template
  ['a clock inside a template', 'src/cases/a.ts', '`now ${ { a: Date.now() }.a } `'],
  [
    'a clock behind a regular expression with a quote',
    'src/cases/a.ts',
    "const r = /['\"`]/; const x = Date.now() // '",
  ],
])('the check finds %s', (_what, path, text) => {
  expect(check(path, text)).toEqual([expect.stringContaining(path)])
})

test.each([
  ['an import of an earlier station', 'src/rules/a.ts', "import { x } from '../windows/x.ts'"],
  ['an import of the own station', 'src/rules/a.ts', "import { x } from './x.ts'"],
  ['app, which knows all', 'src/app/a.ts', "import { x } from '../dashboard/x.ts'"],
  ['the page that imports the protocol', 'src/dashboard/a.tsx', "import { x } from '../protocol/x.ts'"],
  ['the page that imports a type', 'src/dashboard/views/a.tsx', "import type { X } from '../../engine/view.ts'"],
  ['a test that uses the support of the tests', 'src/source/a.test.ts', "import { x } from '../../test/support/x.ts'"],
  ['a hash', 'src/alerts/a.ts', "import { createHash } from 'node:crypto'"],
  ['a clock in a test of a pure station', 'src/cases/a.test.ts', 'const now = Date.now()'],
  ['a date of an instant', 'src/event/a.ts', 'const text = new Date(at).toISOString()'],
  ['the process that is watched', 'src/model/a.ts', 'const x = process.stages.map(stage => process.title)'],
  ['a comment about the clock', 'src/cases/a.ts', '// never Date.now()\n/* import { x } from "../app/x.ts" */'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the made-up source is the one with the template
  ['a message about the clock', 'src/cases/a.ts', 'const x = "Date.now()"; const y = `console.log(${x}) Date.now()`'],
  ['a regular expression about the clock', 'src/cases/a.ts', 'const x = /Date.now()/.test(y) ? a / b : c / d'],
  ['kafkajs in the source', 'src/source/kafka/kafka-source.ts', "import { Kafka } from 'kafkajs'"],
  ['a clock at an edge', 'src/engine/a.ts', 'const now = Date.now()'],
  ['the description of the package', 'src/app/a.ts', "new URL('../../package.json', import.meta.url)"],
  ['800 lines of a test', 'src/engine/a.test.ts', 'x\n'.repeat(800)],
  ['400 lines', 'src/engine/a.ts', 'x\n'.repeat(400)],
])('the check lets pass %s', (_what, path, text) => {
  expect(check(path, text)).toEqual([])
})
