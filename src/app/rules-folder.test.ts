import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Mistakes } from './mistakes.ts'
import { loadRules, readRulesFolder } from './rules-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-rules-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content)

test('the YAML files of a folder are read in the order of their names, folders and hidden files left out', () => {
  write('b.yml', 'b')
  write('a.yaml', '﻿a')
  write('.hidden.yaml', 'h')
  write('notes.md', 'n')
  mkdirSync(join(folder, 'examples.yaml'))
  expect(readRulesFolder(folder)).toEqual([
    { name: join(folder, 'a.yaml'), text: 'a' },
    { name: join(folder, 'b.yml'), text: 'b' },
  ])
})

test.each([
  ['is missing', () => rmSync(folder, { recursive: true }), /does not exist/],
  [
    'is a file',
    () => {
      rmSync(folder, { recursive: true })
      writeFileSync(folder, 'x')
    },
    /is no folder/,
  ],
  ['holds no YAML', () => write('notes.md', 'x'), /holds no process file/],
  ['holds a file in another encoding', () => write('a.yaml', Uint8Array.of(0xc2, 0xc4)), /a\.yaml is not UTF-8/],
])('a rules folder that %s is told with a remedy', (_what, arrange, message) => {
  arrange()
  expect(() => readRulesFolder(folder)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(message), remedy: expect.stringMatching(/\w/) }),
  )
})

test('the definitions of a folder come whole, or as all the mistakes in it', () => {
  write('owners.yaml', 'ops: {title: Ops}\n')
  write('a.yaml', 'process: a\nowner: nobody\n')
  expect(() => loadRules(folder)).toThrow(Mistakes)
})

test('a folder with owners and calendars only defines no process, which cannot be what is meant', () => {
  write('owners.yaml', 'ops: {title: Ops}\n')
  write('calendars.yaml', 'work: {timezone: UTC, week: {mon: [09:00-18:00]}}\n')
  expect(() => loadRules(folder)).toThrow(/holds no process file/)
})
