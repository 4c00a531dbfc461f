/**
 * `stagewatch init`: looks at the first records of a file or topic, drafts their process file, tries it on them, and
 * says of any record how it is counted or why not.
 *
 * Nothing is written before the draft has gone through its dry run, and nothing that is there is overwritten unasked.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { instant } from '../event/instant.ts'
import { openFileSource } from '../source/file.ts'
import type { Source } from '../source/source.ts'
import type { Terminal } from './command-line.ts'
import type { InitOptions, InitSample } from './commands/init.ts'
import { CouldNotRun } from './could-not-run.ts'
import type { DraftNames } from './init/draft.ts'
import { type Draft, initFromRecords, type PlaceOf } from './init/init-from-records.ts'
import { reportText } from './init/report.ts'
import { takeSample } from './init/sample.ts'

/** Enough for a few thousand cases, and a second of work. */
export const SAMPLE_RECORDS = 20_000

export type InitEdges = {
  readonly terminal: Terminal
  /** A source that reads the topic from its beginning and commits nothing. @param registry address of the one to ask. */
  readonly openTopic: (topic: string, brokers: readonly string[], registry: string | undefined) => Source
  /** The wall clock, ms since the epoch. */
  readonly now: () => number
}

/** @throws CouldNotRun, SourceError: what cannot be read, found or written, with a remedy. */
export async function runInit(options: InitOptions, { terminal, openTopic, now }: InitEdges): Promise<void> {
  const { sample, out, force, explain } = options
  const { source, names, placeOf } = sampleFrom(sample, openTopic, now())
  const draft = initFromRecords(await takeSample(source, SAMPLE_RECORDS), names, placeOf)
  const written = writeDraft(draft.files, out, force)
  terminal.print(`${reportText(draft, explain)}\n\n${written}`)
  terminal.print(`Read the draft, then: stagewatch check --rules ${out}\n`)
}

function sampleFrom(sample: InitSample, openTopic: InitEdges['openTopic'], now: number) {
  if (sample.kind === 'topic') {
    const { topic, brokers, registry } = sample
    const placeOf: PlaceOf = (partition, offset) => `partition ${partition}, offset ${offset}`
    return {
      source: openTopic(topic, brokers, registry),
      names: { ...processNamed(topic), topic, isTopicKnown: true, from: `the topic ${topic}` },
      placeOf,
    }
  }
  const { file } = sample
  const named = processNamed(meaningfulName(file))
  const placeOf: PlaceOf = (_, offset) => `line ${offset + 1}`
  const source = openFileSource({ files: [file], topic: named.process, notAfter: instant(now) })
  const topic = named.process
  return { source, names: { ...named, topic, isTopicKnown: false, from: basename(file) }, placeOf }
}

/** `olist/events.ndjson.gz` is about olist. */
function meaningfulName(file: string): string {
  const name = basename(file).replace(/\.(gz|ndjson|jsonl|json|log|txt)(?=\.|$)/gi, '')
  return /^(events?|data|records?|log|sample|input|messages?)?$/i.test(name) ? basename(dirname(resolve(file))) : name
}

/** A name as process files allow it, and what it was made of where that is another one. */
function processNamed(text: string): Pick<DraftNames, 'process' | 'madeOf'> {
  const name = text
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z]+|-+$/g, '')
    .slice(0, 64)
  const process = name === '' || name === 'owners' ? 'process' : name
  return { process, madeOf: process === text ? undefined : text }
}

/**
 * An owners.yaml that is there belongs to other processes too, so it always stays as it is.
 *
 * @returns what was done, in whole lines.
 */
function writeDraft([process, owners]: Draft['files'], out: string, force: boolean): string {
  const processFile = join(out, process.name)
  const ownersFile = join(out, owners.name)
  if (existsSync(processFile) && !force) {
    throw new CouldNotRun({
      problem: `${processFile} is there already`,
      remedy: 'name another folder with --out, or add --force to overwrite it',
    })
  }
  const keepOwners = existsSync(ownersFile)
  try {
    mkdirSync(out, { recursive: true })
    writeFileSync(processFile, process.text, { flag: force ? 'w' : 'wx' })
    if (!keepOwners) writeFileSync(ownersFile, owners.text, { flag: 'wx' })
  } catch (cause) {
    const problem = `the draft cannot be written to ${out} (${(cause as Error).message})`
    throw new CouldNotRun({ problem, remedy: 'name a folder that you may write to with --out', cause })
  }
  const aboutOwners = keepOwners
    ? `kept ${ownersFile}: name one of its owners in ${processFile}, in place of "you"`
    : `wrote ${ownersFile}`
  return `wrote ${processFile}\n${aboutOwners}\n`
}
